"""The pages, one folder an area."""
