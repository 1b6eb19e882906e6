"""Class projects: lessons, assignments, who joined, what they made and what was said about it."""
