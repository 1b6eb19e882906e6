"""Passwords: argon2id, with the cost as OWASP advises (ASVS 2.4, RFC 9106)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

MIN_LENGTH = 10
MAX_LENGTH = 200

#: time cost, memory in KiB, lanes
COST = (2, 19 * 1024, 1)

#: what guessers try first, of those that are long enough to pass
COMMON = frozenset(
    ["1234567890", "0123456789", "12345678910", "123456789a", "qwertyuiop", "qwerty12345", "qwerty123456", "password12", "password123", "password1234", "passw0rd123", "iloveyou12", "iloveyou123", "letmein123", "letmeinnow", "welcome123", "welcome1234", "administrator", "adminadmin", "1q2w3e4r5t", "1qaz2wsx3edc", "abcdefghij", "abc1234567", "aaaaaaaaaa", "1111111111", "0000000000", "0987654321", "sunshine123", "princess123", "football123", "baseball123", "superman123", "trustno1trustno1", "changeme123", "classprojects"]
)


@lru_cache(maxsize=4)
def _hasher(cost: tuple[int, int, int]) -> PasswordHasher:
    return PasswordHasher(time_cost=cost[0], memory_cost=cost[1], parallelism=cost[2])


def _current() -> PasswordHasher:
    return _hasher(tuple(current_app.config.get("ARGON2_COST", COST)))


def hash_password(password: str) -> str:
    """The hash to keep for ``password``."""
    return _current().hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` fits the ``stored`` hash. Takes as long when there is none."""
    hasher = _current()
    try:
        return hasher.verify(stored or _nobody(hasher), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=4)
def _nobody(hasher: PasswordHasher) -> str:
    """A hash that no password is asked for: signing in as nobody costs the same time."""
    return hasher.hash("nobody goes by that name")


def needs_new_hash(stored: str) -> bool:
    """Whether the cost was raised since this hash was made."""
    return _current().check_needs_rehash(stored)
