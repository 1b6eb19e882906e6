"""The demo's pictures, sounds and films, each made by code from a seed."""
