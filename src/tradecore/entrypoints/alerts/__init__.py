"""Read what alert bodies say, whichever dialect they are written in."""
