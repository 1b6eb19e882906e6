"""The open area's own things: prompts, answering them, following people."""
