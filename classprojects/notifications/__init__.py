"""What people are told by mail: a row first, then the sending."""
