"""Certificates of completed classes, for whoever is shown one and for programs that check them."""
