"""The record of origin that copies carry: who made it, where it is, what it was made from, and that it is not for training.

By the C2PA standard, version 2 (https://spec.c2pa.org), with the assertion on training and
mining of the CAWG (https://cawg.io/training-and-data-mining). Signed with the site's own
certificate: a configured one in production; elsewhere one that is made on first use, whose
signature shows that a file comes from here unchanged, and nothing about who "here" is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import current_app

from classprojects.core import clock
from classprojects.gateways import transcoder

log = logging.getLogger(__name__)

#: what can carry a record: others are downloaded without one (Ogg, WebM and Matroska have no place for it)
SIGNABLE = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif",
        "video/mp4", "video/quicktime", "audio/mp4", "audio/wav", "audio/mpeg", "audio/flac",
    }
)  # fmt: skip

#: counted up when a manifest is written in another way, so that copies are signed anew
FORM = 1

#: extended key usages that a C2PA signer's certificate may have (C2PA 2.2, 14.5.1)
C2PA_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")

TRAINING = ("ai_generative_training", "ai_training", "ai_inference", "data_mining")


class BadCertificate(Exception):
    """The site's certificate or key cannot be used; the message says why."""


@dataclass(frozen=True)
class Ingredient:
    """Something that a work was made from: nameless and without an address where it may not be told."""

    title: str
    address: str | None = None
    maker: str | None = None
    #: what tells this version of it from others
    instance: str = ""


@dataclass(frozen=True)
class Claim:
    """What a copy says about itself."""

    title: str
    maker: str
    address: str
    maker_address: str | None = None
    ingredients: Sequence[Ingredient] = ()


@dataclass(frozen=True)
class Identity:
    """The files that the site signs with."""

    certificate: Path  # PEM: the signer's first, then those above it
    key: Path  # PEM, PKCS 8, unencrypted
    algorithm: str

    @property
    def anchors(self) -> str:
        """PEM of the certificates by which we know our own signature again."""
        return self.certificate.read_text()

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.certificate.read_bytes()).hexdigest()


def fingerprint_of(claim: Claim, identity: Identity) -> str:
    """16 characters that change with whatever a signed copy says, or with who signs it."""
    told = json.dumps([FORM, identity.fingerprint, asdict(claim)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def manifest_for(claim: Claim, mime: str) -> dict[str, Any]:
    """The claim in the standard's words.

    The work is `opened` as its maker sent it, its sources are `placed` in it, and it is
    `published`: all that the site knows to be true. How it was made only its maker knows.
    """
    own: dict[str, Any] = {
        "title": claim.title,
        "relationship": "parentOf",
        "format": mime,
        "instance_id": claim.address,
        "label": "original",
    }
    sources, placed = [], []
    for number, one in enumerate(claim.ingredients, start=1):
        label = f"source{number}"
        source = {"title": one.title, "relationship": "componentOf", "label": label, "format": "application/octet-stream"}
        source["instance_id"] = one.instance or f"{claim.address}#{label}"
        if one.maker:
            source["title"] = f"{one.title} — {one.maker}"
        if one.address:
            source["informational_URI"] = one.address
        sources.append(source)
        placed.append({"action": "c2pa.placed", "parameters": {"ingredientIds": [label]}})
    author: dict[str, str] = {"@type": "Person", "name": claim.maker}
    if claim.maker_address:
        author["identifier"] = claim.maker_address
    return {
        "claim_generator_info": [{"name": "Class Projects"}],
        "title": claim.title,
        "format": mime,
        "ingredients": [own, *sources],
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [
                        {"action": "c2pa.opened", "parameters": {"ingredientIds": ["original"]}},
                        *placed,
                        {"action": "c2pa.published"},
                    ]
                },
            },
            *(
                {
                    "label": f"{body}.training-mining",
                    "data": {"entries": {f"{body}.{use}": {"use": "notAllowed"} for use in TRAINING}},
                }
                for body in ("cawg", "c2pa")  # the present name, and the one that older readers know
            ),
            {
                "label": "stds.schema-org.CreativeWork",
                "kind": "Json",
                "data": {
                    "@context": "https://schema.org",
                    "@type": "CreativeWork",
                    "name": claim.title,
                    "url": claim.address,
                    "author": [author],
                },
            },
        ],
    }


def sign_copy(path: Path, outdir: Path, mime: str, claim: Claim, identity: Identity) -> Path:
    """A copy of ``path`` in ``outdir`` that carries the claim. Raises MediaRefused or TranscoderFailed."""
    order = {
        "mime": mime,
        "manifest": manifest_for(claim, mime),
        "certificate": str(identity.certificate),
        "key": str(identity.key),
        "algorithm": identity.algorithm,
    }
    return transcoder.sign_copy(path, outdir, order)


def find_identity() -> Identity | None:
    """What this site signs with; None where signing is switched off. Raises BadCertificate.

    Read once a process: a new certificate takes a restart.
    """
    settings = current_app.config["SETTINGS"]
    if settings.provenance == "off":
        return None
    kept = current_app.extensions.get("classprojects.provenance")
    if kept is None:
        if settings.c2pa_certificate is not None and settings.c2pa_key is not None:
            kept = read_identity(settings.c2pa_certificate, settings.c2pa_key)
        else:
            kept = self_made_identity(settings.data_dir / "provenance")
        current_app.extensions["classprojects.provenance"] = kept
    return kept


def find_anchors() -> str | None:
    """By what our own signature is known again in files that come in; None where we do not sign."""
    try:
        identity = find_identity()
    except BadCertificate:
        log.exception("files that come in are not known again")
        return None
    return identity.anchors if identity is not None else None


def read_identity(certificate: Path, key: Path) -> Identity:
    """The configured certificate and key, once they are seen to belong together. Raises BadCertificate."""
    try:
        chain = x509.load_pem_x509_certificates(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise BadCertificate(f"C2PA_CERTIFICATE or C2PA_KEY cannot be read: {error}") from error
    public = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if chain[0].public_key().public_bytes(*public) != private.public_key().public_bytes(*public):
        raise BadCertificate("C2PA_KEY is not the key of the first certificate in C2PA_CERTIFICATE.")
    if chain[0].not_valid_after_utc < clock.now():
        raise BadCertificate(f"C2PA_CERTIFICATE ended on {chain[0].not_valid_after_utc:%Y-%m-%d}.")
    return Identity(certificate, key, _algorithm_of(private))


def _algorithm_of(key: Any) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        by_size = {256: "es256", 384: "es384", 521: "es512"}
        if key.curve.key_size in by_size:
            return by_size[key.curve.key_size]
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise BadCertificate("C2PA_KEY must be Ed25519, EC (P-256, P-384, P-521) or RSA.")


def self_made_identity(folder: Path) -> Identity:
    """A certificate of our own making, kept in ``folder`` and made there on first use.

    Several processes start at once: the pair is written whole beside its place and
    renamed into it; whoever comes second takes what is there.
    """
    home = folder / "self-made"
    if not home.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{secrets.token_hex(4)}-", dir=folder))
        chain, key = _make_certificates()
        (draft / "certificate.pem").write_bytes(chain)
        with open(os.open(draft / "key.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
        with suppress(OSError):
            draft.rename(home)
        if draft.is_dir():
            for path in draft.iterdir():
                path.unlink()
            draft.rmdir()
    return Identity(home / "certificate.pem", home / "key.pem", "es256")


def _make_certificates() -> tuple[bytes, bytes]:
    """PEM of a signer's certificate with the one above it, and of its key. The upper key is thrown away."""
    upper, lower = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Class Projects, self-made", upper, "Class Projects, self-made", upper, is_authority=True)
    signer = _certificate("Class Projects", lower, "Class Projects, self-made", upper, is_authority=False)
    pem = serialization.Encoding.PEM
    key = lower.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signer.public_bytes(pem) + root.public_bytes(pem), key


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    """A certificate as the standard's profile wants it (C2PA 2.2, 14.5.1)."""

    def named(words: str) -> x509.Name:
        return x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Class Projects"), x509.NameAttribute(NameOID.COMMON_NAME, words)]
        )

    now = clock.now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_authority:
        usages = [C2PA_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
