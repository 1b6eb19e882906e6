"""Pricing, subscribing and the membership page."""
