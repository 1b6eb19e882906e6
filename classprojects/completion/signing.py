"""Signing credentials, by the published standards. Pure: what goes in is what is signed.

The proof inside of a credential is `eddsa-jcs-2022` (W3C Data Integrity EdDSA
Cryptosuites 1.0, https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022): the credential and
the proof's own terms, each written in one way only (RFC 8785), hashed, and signed with
Ed25519. The same credential as a JSON Web Token follows section 8.2 of Open Badges 3.0
(https://www.imsglobal.org/spec/ob/v3p0/#jwt-proof): its members are the payload, signed
with RS256.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import jwt
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

#: Base58, as Bitcoin writes it, which multibase calls ``z``
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#: what an Ed25519 public key begins with as a Multikey
_ED25519 = bytes([0xED, 0x01])
#: how many credentials share a status list; the least that hides one among others (Bitstring Status List, 3.2)
LIST_SIZE = 131_072


def instant(moment: datetime) -> str:
    """A moment as XML Schema writes it, in whole seconds of UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def add_proof(document: dict[str, Any], key: ed25519.Ed25519PrivateKey, method: str, created: datetime) -> dict[str, Any]:
    """``document`` with its proof. ``method``: the address of the public key."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": instant(created),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
    }
    hashed = hashlib.sha256(rfc8785.dumps(proof)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()
    return {**document, "proof": {**proof, "proofValue": "z" + base58(key.sign(hashed))}}


def base58(data: bytes) -> str:
    """``data`` in base 58: leading zero bytes are kept as ``1``."""
    number, text = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        text = _ALPHABET[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def multikey(x: str) -> str:
    """An Ed25519 public key (``x`` of its JWK) as a Multikey (W3C Controlled Identifiers, 2.2.2)."""
    return "z" + base58(_ED25519 + base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))


def as_token(document: dict[str, Any], key: rsa.RSAPrivateKey, method: str) -> str:
    """``document`` as a signed JSON Web Token. ``method``: an address that answers with the public key."""
    credential = {name: value for name, value in document.items() if name != "proof"}
    claims = {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "nbf": int(datetime.fromisoformat(document["validFrom"]).timestamp()),
        "sub": document["credentialSubject"]["id"],
    }
    return jwt.encode({**credential, **claims}, key, algorithm="RS256", headers={"kid": method})


def bitstring(indices: Iterable[int]) -> str:
    """A list of statuses with these ones set (W3C Bitstring Status List 1.0): gzip, base64url, multibase ``u``."""
    bits = bytearray(LIST_SIZE // 8)
    for index in indices:
        bits[index // 8] |= 0x80 >> (index % 8)
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")
