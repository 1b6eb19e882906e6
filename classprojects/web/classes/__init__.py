"""Class projects for those who look, learn and make."""
