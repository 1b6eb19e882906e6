"""What a credential, the list of revoked ones and their issuer say, in the words of Open Badges 3.0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask import current_app

from classprojects.classes.models import Assignment, ClassProject, Submission
from classprojects.completion.models import Credential, SigningKey
from classprojects.completion.signing import LIST_SIZE, bitstring, instant, multikey

#: https://www.w3.org/TR/vc-data-model-2.0/ and https://www.imsglobal.org/spec/ob/v3p0/
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]


def base_url() -> str:
    """How the site is reached; everything that is signed names it."""
    url: str = current_app.config["SETTINGS"].base_url
    return url


def issuer_id() -> str:
    """The address of the issuer's profile, which is its name in credentials."""
    return f"{base_url()}/credentials/issuer"


def key_url(key_id: str) -> str:
    """Where a public key is, as a JSON Web Key."""
    return f"{base_url()}/credentials/keys/{key_id}"


def proof_method(key_id: str) -> str:
    """The Ed25519 key by its place in the issuer's profile."""
    return f"{issuer_id()}#{key_id}"


def status_url(number: int) -> str:
    """Where a list of revoked credentials is."""
    return f"{base_url()}/credentials/status/{number}"


def credential_document(
    credential: Credential, project: ClassProject, handle: str, evidence: Sequence[tuple[Assignment, Submission]]
) -> dict[str, Any]:
    """The credential as it is signed.

    It says no more than everybody may know for good: of the works, those that are open to
    everybody by address, the others not at all, and of none its title (P4, P20).
    """
    index, number = credential.id % LIST_SIZE, credential.id // LIST_SIZE
    return {
        "@context": CONTEXT,
        "id": f"{base_url()}/credentials/{credential.public_id}",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": project.title,
        "issuer": _issuer(),
        "validFrom": instant(credential.issued_at),
        "credentialSubject": {
            "id": f"{base_url()}/people/{handle}",
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "identityType": "name", "identityHash": credential.name, "hashed": False}
            ],
            "achievement": _achievement(project, [assignment for assignment, _ in evidence]),
        },
        "evidence": [_evidence(assignment, submission) for assignment, submission in evidence],
        "credentialStatus": {
            "id": f"{status_url(number)}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": status_url(number),
        },
    }


def _issuer() -> dict[str, Any]:
    return {"id": issuer_id(), "type": ["Profile"], "name": "Class Projects", "url": base_url()}


def _achievement(project: ClassProject, made: Sequence[Assignment]) -> dict[str, Any]:
    """What was achieved, naming what was asked and ``made``: of an assignment that was closed before, nobody was asked."""
    required = [one.title for one in made if one.is_required]
    narrative = "Made and handed in an answer to every assignment that was required" if required else "Made and handed in answers"
    titles = required or [one.title for one in made]
    return {
        "id": f"{base_url()}{project.url}",
        "type": ["Achievement"],
        "achievementType": "Course",
        "name": project.title,
        "description": project.outcome or project.title,
        "criteria": {
            "id": f"{base_url()}{project.url}",
            "narrative": narrative + (": " + "; ".join(titles) if titles else "") + ".",
        },
        "inLanguage": project.language,
    }


def _evidence(assignment: Assignment, submission: Submission) -> dict[str, Any]:
    work = submission.work
    told: dict[str, Any] = {"type": ["Evidence"], "name": assignment.title, "genre": work.medium.value}
    if work.is_published and work.is_open and work.veiled_at is None:
        return {"id": f"{base_url()}{work.url}", **told, "narrative": "A work in the open area."}
    return {**told, "narrative": "A class work, which the people in its class can see."}


def status_document(number: int, revoked_ids: Iterable[int], moment: datetime) -> dict[str, Any]:
    """Which of the credentials on list ``number`` were revoked, to be signed."""
    return {
        "@context": CONTEXT[:1],
        "id": status_url(number),
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_id(),
        "validFrom": instant(moment),
        "credentialSubject": {
            "id": f"{status_url(number)}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": bitstring(one - number * LIST_SIZE for one in revoked_ids),
        },
    }


def issuer_document(keys: Iterable[SigningKey]) -> dict[str, Any]:
    """The issuer's profile with every key that it ever signed with: enough to verify without asking again."""
    keys = list(keys)
    inside: list[dict[str, Any]] = [
        {
            "id": proof_method(one.key_id),
            "type": "Multikey",
            "controller": issuer_id(),
            "publicKeyMultibase": multikey(one.public_jwk["x"]),
        }
        for one in keys
        if one.public_jwk["kty"] == "OKP"
    ]
    outside: list[dict[str, Any]] = [
        {"id": key_url(one.key_id), "type": "JsonWebKey", "controller": issuer_id(), "publicKeyJwk": published_jwk(one)}
        for one in keys
        if one.public_jwk["kty"] == "RSA"
    ]
    return {
        "@context": [*CONTEXT, "https://www.w3.org/ns/cid/v1"],
        **_issuer(),
        "description": "People here learn a creative skill by making things with other people.",
        "email": current_app.config["SETTINGS"].support_email,
        "verificationMethod": [*inside, *outside],
        "assertionMethod": [one["id"] for one in (*inside, *outside)],
    }


def published_jwk(key: SigningKey) -> dict[str, Any]:
    """A public key as it is published: under the name by which signatures call it, and what it is for."""
    if key.public_jwk["kty"] == "RSA":
        return {**key.public_jwk, "kid": key_url(key.key_id), "alg": "RS256", "use": "sig"}
    return {**key.public_jwk, "kid": proof_method(key.key_id), "alg": "EdDSA", "use": "sig"}
