"""Numbers of bytes as people read them."""

from __future__ import annotations


def in_words(size: int) -> str:
    """Bytes in thousands: ``850 B``, ``3.4 MB``, ``10 GB``."""
    value, unit = float(max(0, size)), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 999.5 or unit == "TB":
            break
        value /= 1000
    figure = f"{value:.0f}" if unit == "B" or value >= 100 else f"{value:.1f}".removesuffix(".0")
    return f"{figure} {unit}"
