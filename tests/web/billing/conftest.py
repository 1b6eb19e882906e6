"""The sandbox for these tests."""

from tests.billing.sandbox import sandbox_server, till, webhook

__all__ = ["sandbox_server", "till", "webhook"]
