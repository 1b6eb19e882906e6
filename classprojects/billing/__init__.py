"""Memberships: what people pay for, and what that opens. Stripe owns money and status; our rows follow it."""
