"""What instructors earned, by a published formula, line by line."""
