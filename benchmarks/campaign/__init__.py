"""What alseg survives: bad input made by generators, kills at random moments. ``make campaign``; a small part is in the tests."""
