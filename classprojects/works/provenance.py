"""What copies of a work say about where they come from, and what a file that came in said."""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from classprojects.core.database import MAX_ID
from classprojects.core.errors import DomainError
from classprojects.gateways import provenance
from classprojects.gateways.provenance import Claim, Ingredient
from classprojects.gateways.storage import get_storage
from classprojects.gateways.transcoder import TranscoderFailed
from classprojects.media.models import MediaFile, Rendition
from classprojects.works import queries
from classprojects.works.bylines import maker_of
from classprojects.works.models import Work, WorkStatus
from classprojects.works.queries import VISITOR, Viewer, is_visible

log = logging.getLogger(__name__)

_WORK_PATH = re.compile(r"/works/(\d{1,19})(?:[/#].*)?", re.ASCII)


def claim_for(work: Work) -> Claim:
    """What a copy of ``work`` says to everybody: no more than a visitor may see (P4).

    """
    if {"sources", "external_sources"} & sa.inspect(work).unloaded:
        work = queries.get_work(work.id)
    title = work.current_version.title if work.current_version else ""
    ingredients = []
    for edge in work.sources:
        parent = edge.parent
        if is_visible(parent, VISITOR) and parent.current_version is not None:
            address = _absolute(parent.url)
            instance = f"{address}#version-{edge.parent_version_id}"
            ingredients.append(Ingredient(parent.current_version.title, address, maker_of(parent, VISITOR).name, instance))
        else:
            ingredients.append(Ingredient(_("A work that is not shown"), instance=f"{_absolute(work.url)}#source-{edge.id}"))
    for source in work.external_sources:
        ingredients.append(Ingredient(source.address, source.address, source.author or None, source.address))
    maker = maker_of(work, VISITOR)
    maker_address = _absolute(maker.url) if maker.url else None
    return Claim(title, maker.name, _absolute(work.url), maker_address, ingredients)


def signed_copy(work: Work, file: MediaFile, rendition: Rendition) -> Rendition:
    """``rendition`` with the work's record of origin in it; itself where it can carry none, or is not for all.

    Outside of a transaction. The copy is made when it is first asked for, and kept in the
    store under a name that changes with whatever it says; old ones are swept. Whoever
    downloads gets the file in any case: one that cannot be signed goes without.
    """
    if rendition.mime not in provenance.SIGNABLE or not is_for_all(work):
        return rendition
    try:
        identity = provenance.find_identity()
        if identity is None:
            return rendition
        claim = claim_for(work)
        extension = rendition.storage_key.rsplit(".", 1)[-1]
        fingerprint = provenance.fingerprint_of(claim, identity)
        key = f"signed/{file.public_id}-{fingerprint}.{extension}"
        storage = get_storage()
        if not storage.exists(key):
            _make_copy(rendition, key, claim, identity)
        size = storage.size(key)
    except (DomainError, TranscoderFailed, OSError, provenance.BadCertificate):
        log.exception("copy not signed", extra={"work_id": work.id})
        return rendition
    # Not a row: nothing is written for it.
    return Rendition(name=f"signed-{fingerprint}", mime=rendition.mime, size=size, storage_key=key)


def is_for_all(work: Work) -> bool:
    """Whether everybody may have it."""
    return work.is_open and work.status is WorkStatus.PUBLISHED


def _make_copy(rendition: Rendition, key: str, claim: Claim, identity: provenance.Identity) -> None:
    storage = get_storage()
    handle, marker = storage.incoming()
    handle.close()
    # Beside the store, so that the copy moves into place.
    folder = Path(tempfile.mkdtemp(dir=marker.parent))
    marker.unlink()
    try:
        with storage.borrowed_path(rendition.storage_key) as source:
            made = provenance.sign_copy(source, folder, rendition.mime, claim, identity)
        storage.put_file(key, made, move=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def list_named_works(file: MediaFile, viewer: Viewer) -> list[Work]:
    """Works here that the record of ``file`` names as itself or as its sources, as far as ``viewer`` may see them.

    Only a record that we signed, unchanged, is believed: anybody can write a name into a file.
    """
    told = file.provenance
    if not told or told.get("state") != "ours":
        return []
    ids = [id for address in told.get("addresses", ()) if (id := _work_id_in(address)) is not None]
    # The first address is the work itself; what it was made from stands in its own lineage.
    return [work for work in queries.list_works_by_ids(ids[:1]) if is_visible(work, viewer)]


def _work_id_in(address: str) -> int | None:
    base, parts = urlsplit(current_app.config["SETTINGS"].base_url), urlsplit(address)
    if (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
        return None
    found = _WORK_PATH.fullmatch(parts.path)
    return min(int(found[1]), MAX_ID) if found else None


def _absolute(path: str) -> str:
    return f"{current_app.config['SETTINGS'].base_url}{path}"
