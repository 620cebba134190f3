alseg.show();
