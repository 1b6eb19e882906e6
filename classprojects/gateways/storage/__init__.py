"""Where files lie: a store of keys, in a local folder or at an S3 service."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

from classprojects.gateways.storage.contract import BadKey, Delivery, Storage, StorageTrouble, check_key
from classprojects.gateways.storage.local import LocalStorage
from classprojects.gateways.storage.s3 import S3Storage, read_address

__all__ = [
    "BadKey",
    "Delivery",
    "LocalStorage",
    "S3Storage",
    "Storage",
    "StorageTrouble",
    "check_key",
    "get_storage",
    "open_storage",
    "origin_of",
]


def get_storage() -> Storage:
    """The store that the settings name."""
    storage = current_app.extensions.get("classprojects.storage")
    if storage is None:
        settings = current_app.config["SETTINGS"]
        storage = open_storage(settings.storage_url, settings.data_dir / "incoming")
        current_app.extensions["classprojects.storage"] = storage
    return storage


def open_storage(url: str, scratch: Path) -> Storage:
    """The store at ``url``; ValueError, in words, for an address that is none.

    ``file:///folder``, or ``s3://bucket/prefix?region=…&endpoint=…`` (:func:`s3.read_address`).
    ``scratch``: a folder of this machine for what is on its way to or from a store elsewhere.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return LocalStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        return S3Storage(read_address(url), scratch)
    raise ValueError(
        "STORAGE_URL must be a local folder, such as file:///srv/classprojects/media, or s3://bucket/prefix?region=…"
    )


def origin_of(url: str) -> str | None:
    """The origin that temporary addresses of the store at ``url`` have (for a content policy); None for a folder."""
    return read_address(url).origin if urlsplit(url).scheme == "s3" else None
