"""Class Projects: learn a creative skill by making things with other people."""
