"""Small pictures: contact sheets, outlines, thumbnails."""
