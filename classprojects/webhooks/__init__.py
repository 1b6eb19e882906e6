"""The inbox for Stripe's events: stored first, acted on later, by asking Stripe how things stand."""
