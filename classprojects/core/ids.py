"""Names that cannot be guessed, and names for addresses."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata


def new_token(size: int = 16) -> str:
    """A URL-safe text of ``size`` random bytes."""
    return secrets.token_urlsafe(size)


def slugify(text: str, limit: int = 60) -> str:
    """``text`` as part of an address: lower-case ASCII words joined by hyphens; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    return "-".join(words)[:limit].strip("-")


def once_key(person_id: int, once: str | None) -> str | None:
    """What to store of a form's one-time key: bound to the person, so that nobody can take another's. 64 characters."""
    if not once:
        return None
    return hashlib.sha256(f"{person_id}:{once}".encode()).hexdigest()
