"""Long runs over damaged files, by a program of their own; a slice of each is a test."""
