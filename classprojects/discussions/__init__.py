"""Threads and comments: whatever can be talked about owns a thread."""
