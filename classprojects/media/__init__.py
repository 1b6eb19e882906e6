"""Media files: original bytes, the renditions made of them, and how they get there."""
