"""Records of origin by the C2PA standard (https://spec.c2pa.org): read from files that come in, signed into copies.

The library does both; here is only what it is asked for, and what of its answer is passed
on: few plain words, cut short, since whoever made the file wrote them.
"""

from __future__ import annotations

import json
import mmap
import re
import unicodedata
from pathlib import Path
from typing import Any

from classprojects.gateways.darkroom.limits import Refusal

#: what a file that may carry a record has somewhere (ISO 19566-5: a JUMBF box of this kind)
MARK = b"c2pa"
#: no more than this of a file's begin and end is looked through for the mark
LOOKED_THROUGH = 32 * 1024 * 1024

LONGEST_WORD = 200
MOST_ADDRESSES = 30

#: what says that the bytes are not those that were signed
CHANGED = ("assertion.dataHash.mismatch", "assertion.bmffHash.mismatch", "assertion.boxesHash.mismatch")

NOT_ALLOWED = "notAllowed"
_ADDRESS = re.compile(r"https?://[!-~]{1,900}")


def read(path: Path, mime: str, anchors: str | None) -> dict[str, Any] | None:
    """What the file's record of origin says; None when it carries none.

    ``state``: ``ours`` (signed here, unchanged), ``signed`` (unchanged, by somebody whom we
    cannot check), ``changed`` (since it was signed) or ``broken``. ``anchors``: PEM of the
    certificates that count as ours. Nothing is fetched from anywhere.
    """
    if not _has_mark(path):
        return None
    import c2pa

    settings: dict[str, Any] = {
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
    }
    if anchors:
        settings["trust"] = {"trust_anchors": anchors}
    try:
        with c2pa.Context.from_dict(settings) as context, path.open("rb") as file:
            reader = c2pa.Reader.try_create(mime, file, context=context)
            if reader is None:
                return None
            with reader:
                return _told(json.loads(reader.json()))
    except c2pa.C2paError:
        # Something that looks like a record, and cannot be read as one.
        return {"state": "broken"}


def _has_mark(path: Path) -> bool:
    size = path.stat().st_size
    if size < 64:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(MARK, 0, LOOKED_THROUGH) >= 0:
            return True
        return size > LOOKED_THROUGH and data.find(MARK, max(LOOKED_THROUGH, size - LOOKED_THROUGH)) >= 0


def _told(record: dict[str, Any]) -> dict[str, Any]:
    """The few things of a record that we show."""
    label = record.get("active_manifest")
    manifest = (record.get("manifests") or {}).get(label) or {}
    signature = manifest.get("signature_info") or {}
    told: dict[str, Any] = {
        "state": _state(record),
        "made_with": ", ".join(filter(None, (_word(one.get("name")) for one in _dicts(manifest.get("claim_generator_info")))))[
            :LONGEST_WORD
        ],
        "title": _word(manifest.get("title")),
        "signer": _word(signature.get("issuer")),
        "signed_at": _word(signature.get("time")),
        "makers": [],
        "no_training": False,
        "generated": False,
        "addresses": [],
    }
    addresses: list[Any] = []
    for assertion in _dicts(manifest.get("assertions")):
        name, data = str(assertion.get("label", "")), assertion.get("data")
        if not isinstance(data, dict):
            continue
        if name.startswith("stds.schema-org.CreativeWork"):
            addresses.append(data.get("url"))
            told["makers"] = [name for one in _dicts(data.get("author"))[:5] if (name := _word(one.get("name")))]
        elif "training-mining" in name:
            entries = data.get("entries")
            told["no_training"] |= isinstance(entries, dict) and any(
                isinstance(entry, dict) and entry.get("use") == NOT_ALLOWED for entry in entries.values()
            )
        elif name.startswith("c2pa.actions"):
            told["generated"] |= any(
                "trainedAlgorithmicMedia" in str(one.get("digitalSourceType", "")) for one in _dicts(data.get("actions"))
            )
    addresses += [one.get("informational_URI") for one in _dicts(manifest.get("ingredients"))]
    told["addresses"] = list(dict.fromkeys(one for one in addresses if isinstance(one, str) and _ADDRESS.fullmatch(one)))[
        :MOST_ADDRESSES
    ]
    return told


def _state(record: dict[str, Any]) -> str:
    results = (record.get("validation_results") or {}).get("activeManifest") or {}
    failures = {str(one.get("code")) for one in _dicts(results.get("failure"))}
    if failures & set(CHANGED):
        return "changed"
    state = record.get("validation_state")
    return {"Trusted": "ours", "Valid": "signed"}.get(str(state), "broken")


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _word(value: Any) -> str:
    """Somebody else's words, safe to show: one line, no controls, no tricks with the direction of reading."""
    if not isinstance(value, str):
        return ""
    value = unicodedata.normalize("NFC", value)
    value = "".join(" " if c.isspace() else c for c in value if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(value.split())[:LONGEST_WORD]


def sign(path: Path, outdir: Path, order: dict[str, Any]) -> dict[str, Any]:
    """A copy of the file with the record ``order["manifest"]`` in it, signed with the site's certificate.

    The media itself stays as it is, byte by byte. Raises Refusal("unsignable") where the
    file cannot carry a record.
    """
    import c2pa

    target = outdir / f"signed{path.suffix}"
    info = c2pa.C2paSignerInfo(
        alg=order["algorithm"].encode(),
        sign_cert=Path(order["certificate"]).read_bytes(),
        private_key=Path(order["key"]).read_bytes(),
        ta_url=None,
    )
    settings = {
        # It would read all of a large file once more, and draw pictures that nobody asked for.
        "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(order["manifest"], context) as builder,
            path.open("rb") as source,
            target.open("w+b") as copy,
        ):
            builder.sign(signer, order["mime"], source, copy)
    except c2pa.C2paError as error:
        target.unlink(missing_ok=True)
        raise Refusal("unsignable", why=str(error)[:200]) from error
    return {"file": target.name}
