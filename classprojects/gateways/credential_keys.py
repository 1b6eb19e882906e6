"""The keys that credentials are signed with: a configured file in production, elsewhere made on first use.

One PEM file holds two private keys one after the other (PKCS 8, without a password):
Ed25519 for the proof inside of a credential, RSA for the same as a JSON Web Token,
whose algorithm RS256 is the one that every reader of Open Badges knows.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from flask import current_app
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

#: RSA keys shorter than this are refused (NIST SP 800-57)
SHORTEST = 2048
_BLOCK = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)


class BadKeys(Exception):
    """The keys cannot be used; the message says why."""


@dataclass(frozen=True)
class Keys:
    """What credentials are signed with at this moment."""

    ed25519: ed25519.Ed25519PrivateKey
    rsa: rsa.RSAPrivateKey

    def public_jwks(self) -> dict[str, dict[str, Any]]:
        """The public halves by their thumbprints (RFC 7638), the Ed25519 one first."""
        halves = [jwk_of(self.ed25519.public_key()), jwk_of(self.rsa.public_key())]
        return {thumbprint(jwk): jwk for jwk in halves}


def jwk_of(public: ed25519.Ed25519PublicKey | rsa.RSAPublicKey) -> dict[str, Any]:
    """A public key as a JSON Web Key (RFC 7517, RFC 8037), with nothing in it but the key."""
    if isinstance(public, rsa.RSAPublicKey):
        found = RSAAlgorithm.to_jwk(public, as_dict=True)
        return {"kty": "RSA", "n": found["n"], "e": found["e"]}
    found = OKPAlgorithm.to_jwk(public, as_dict=True)
    return {"kty": "OKP", "crv": "Ed25519", "x": found["x"]}


def thumbprint(jwk: dict[str, Any]) -> str:
    """The SHA-256 thumbprint of a public key (RFC 7638), base64url."""
    names = ("e", "kty", "n") if jwk["kty"] == "RSA" else ("crv", "kty", "x")
    digest = hashes.Hash(hashes.SHA256())
    digest.update(rfc8785.dumps({name: jwk[name] for name in names}))
    return base64url_encode(digest.finalize()).decode()


def find_keys() -> Keys:
    """What this site signs with. Read once a process: new keys take a restart. Raises BadKeys."""
    kept: Keys | None = current_app.extensions.get("classprojects.credential_keys")
    if kept is None:
        settings = current_app.config["SETTINGS"]
        kept = read_keys(settings.credential_keys or _self_made(settings.data_dir / "credential_keys.pem"))
        current_app.extensions["classprojects.credential_keys"] = kept
    return kept


def read_keys(path: Path) -> Keys:
    """Both keys from a file. Raises BadKeys, in words."""
    try:
        blocks = _BLOCK.findall(path.read_bytes())
        found = [serialization.load_pem_private_key(block, password=None) for block in blocks]
    except (OSError, ValueError, TypeError) as error:
        raise BadKeys(f"CREDENTIAL_KEYS cannot be read: {error}") from error
    edwards = [key for key in found if isinstance(key, ed25519.Ed25519PrivateKey)]
    rivest = [key for key in found if isinstance(key, rsa.RSAPrivateKey)]
    if len(edwards) != 1 or len(rivest) != 1 or len(found) != 2:
        raise BadKeys("CREDENTIAL_KEYS must hold one Ed25519 and one RSA private key, and nothing else.")
    if rivest[0].key_size < SHORTEST:
        raise BadKeys(f"The RSA key in CREDENTIAL_KEYS has {rivest[0].key_size} bits; it needs {SHORTEST} or more.")
    return Keys(edwards[0], rivest[0])


def _self_made(path: Path) -> Path:
    """Keys of our own making, made on first use and kept, for no other account of this machine to read."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = b"".join(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            for key in (
                ed25519.Ed25519PrivateKey.generate(),
                rsa.generate_private_key(public_exponent=65537, key_size=SHORTEST),
            )
        )
        # Written whole beside its place, then linked into it: several processes start at once, and none may read half.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    return path
