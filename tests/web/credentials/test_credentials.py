"""Certificates as people look at them and programs check them: with nothing of ours but the downloaded files.

What verifies here are `cryptography`, `rfc8785` and PyJWT, by the steps of the standards.
"""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
from typing import Any

import jwt
import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from classprojects.completion import actions
from classprojects.completion.queries import find_newest_credential
from classprojects.completion.signing import base58
from classprojects.core.database import transaction
from classprojects.gateways.credential_keys import find_keys
from classprojects.web.accounts.leaving import leave
from classprojects.works import actions as works
from classprojects.works.queries import get_plain_work
from tests.factories.classes import make_class, make_learner, submit

BASE = "http://localhost"


def from_base58(text: str) -> bytes:
    number = 0
    for letter in text:
        number = number * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(letter)
    # Each leading 1 is a zero byte: one signature in 256 begins with one.
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\1", b"\1\0", bytes(64), bytes(range(64)), b"\xff" * 64])
def test_zero_bytes_survive_base_58(data: bytes) -> None:
    assert from_base58(base58(data)) == data


def told(client: Any, url: str) -> Any:
    """What an address answers, whatever kind of JSON it says that it is."""
    return json.loads(client.get(url.removeprefix(BASE).partition("#")[0]).response.data)


def verify(document: dict[str, Any], issuer: dict[str, Any]) -> None:
    """By W3C Data Integrity EdDSA Cryptosuites, 3.3.2; raises InvalidSignature or AssertionError."""
    document = copy.deepcopy(document)
    proof = document.pop("proof")
    value = proof.pop("proofValue")
    assert (proof["type"], proof["cryptosuite"], proof["proofPurpose"]) == ("DataIntegrityProof", "eddsa-jcs-2022", "assertionMethod")
    assert document["@context"] == proof["@context"]
    assert proof["verificationMethod"] in issuer["assertionMethod"]
    methods = {one["id"]: one for one in issuer["verificationMethod"]}
    key = from_base58(methods[proof["verificationMethod"]]["publicKeyMultibase"].removeprefix("z"))
    assert key[:2] == b"\xed\x01" and len(key) == 34
    hashed = hashlib.sha256(rfc8785.dumps(proof)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()
    Ed25519PublicKey.from_public_bytes(key[2:]).verify(from_base58(value.removeprefix("z")), hashed)


def is_revoked(document: dict[str, Any], fetch: Any, issuer: dict[str, Any]) -> bool:
    """By W3C Bitstring Status List, 3.2."""
    status = document["credentialStatus"]
    assert status["type"] == "BitstringStatusListEntry" and status["statusPurpose"] == "revocation"
    told = fetch(status["statusListCredential"])
    verify(told, issuer)
    subject = told["credentialSubject"]
    assert "BitstringStatusListCredential" in told["type"] and subject["statusPurpose"] == "revocation"
    text = subject["encodedList"].removeprefix("u")
    bits = gzip.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert len(bits) * 8 >= 131_072
    index = int(status["statusListIndex"])
    return bool(bits[index // 8] & (0x80 >> index % 8))


@pytest.fixture
def done(cast):
    """A class completed with one work in the open area and one that stays in the class."""
    project = make_class(cast.instructor, assignments=2, title="Letters in autumn")
    learner = make_learner(project, "ada")
    shown = submit(learner, project, 1, title="Letter to everyone")
    kept = submit(learner, project, 2, title="Letter to nobody")
    with transaction():
        works.share_work(get_plain_work(shown.work_id))
        credential = actions.complete_class(learner, project.id, find_keys())
    return project, learner, shown, kept, credential


def test_the_downloaded_badge_verifies_and_every_change_is_found(done, client) -> None:
    project, learner, shown, kept, credential = done
    address = f"/credentials/{credential.public_id}"

    def fetch(url: str) -> Any:
        return told(client, url)

    badge, issuer = fetch(f"{address}/badge.json"), fetch("/credentials/issuer")
    assert badge["issuer"]["id"] == issuer["id"] == f"{BASE}/credentials/issuer"
    verify(badge, issuer)
    assert not is_revoked(badge, fetch, issuer)
    for path, changed in every_change(badge):
        with pytest.raises((InvalidSignature, AssertionError, KeyError)):
            verify(changed, issuer)
            pytest.fail(f"{path} was changed, and nobody noticed")
    # What Open Badges 3.0 asks of every AchievementCredential, and no more of the works than everybody may know.
    assert badge["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert badge["@context"][1].startswith("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0")
    assert badge["type"] == ["VerifiableCredential", "AchievementCredential"] and badge["id"] == BASE + address
    assert badge["name"] and badge["validFrom"].endswith("Z") and badge["issuer"]["type"] == ["Profile"]
    subject = badge["credentialSubject"]
    assert subject["type"] == ["AchievementSubject"] and subject["id"] == f"{BASE}/people/ada"
    assert subject["identifier"] == [{"type": "IdentityObject", "identityType": "name", "identityHash": "Ada", "hashed": False}]
    achievement = subject["achievement"]
    assert achievement["type"] == ["Achievement"] and achievement["id"] == BASE + project.url
    assert achievement["name"] == "Letters in autumn" and achievement["description"] and achievement["criteria"]["narrative"]
    assert [one.get("id") for one in badge["evidence"]] == [f"{BASE}/works/{shown.work_id}", None]
    assert "Letter to" not in json.dumps(badge) and f"/works/{kept.work_id}" not in json.dumps(badge)
    assert client.get(badge["id"].removeprefix(BASE), headers={"Accept": "application/json"}).json == badge


def every_change(document: Any) -> Any:
    """Each text in ``document`` altered, one at a time, and each member left out."""

    def paths(part: Any, path: tuple[Any, ...] = ()) -> Any:
        items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for name, value in items:
            yield (*path, name)
            yield from paths(value, (*path, name))

    for path in paths(document):
        for change in ("alter", "leave out"):
            changed = copy.deepcopy(document)
            *way, last = path
            place = changed
            for name in way:
                place = place[name]
            if change == "leave out":
                del place[last]
            elif isinstance(place[last], str):
                place[last] = "1" + place[last][::-1]
            elif isinstance(place[last], bool):
                place[last] = not place[last]
            else:
                continue
            yield path, changed


def test_the_token_verifies_with_a_library_for_tokens(done, client) -> None:
    credential = done[4]
    token = client.get(f"/credentials/{credential.public_id}/badge.jwt").response.text
    header = jwt.get_unverified_header(token)
    assert set(header) == {"alg", "kid", "typ"} and header["alg"] == "RS256" and header["typ"] == "JWT"
    key = told(client, header["kid"])
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}  # and nothing of its private half
    named = [one for one in told(client, "/.well-known/jwks.json")["keys"] if one["kid"] == header["kid"]]
    assert named == [key]
    claims = jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"], options={"require": ["iss", "sub", "nbf", "jti"]})
    badge = told(client, f"/credentials/{credential.public_id}/badge.json")
    assert claims["iss"] == badge["issuer"]["id"] and claims["sub"] == badge["credentialSubject"]["id"] and claims["jti"] == badge["id"]
    assert {name: claims[name] for name in badge if name != "proof"} == {name: value for name, value in badge.items() if name != "proof"}
    head, body, sign = token.split(".")
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "name": "Another class"}).encode()).decode().rstrip("=")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(".".join((head, forged, sign)), jwt.PyJWK(key), algorithms=["RS256"])


def test_staff_revoke_with_a_reason_and_it_shows_everywhere(done, cast, browse, client) -> None:
    credential = done[4]
    address, desk = f"/credentials/{credential.public_id}", browse(cast.staff)
    badge = told(client, f"{address}/badge.json")
    assert desk.get("/desk/credentials")(f"a[href='{address}']")
    revocation = f"/desk{address}/revocation"
    assert desk.get(revocation).status == 200
    assert desk.post(revocation, {"reason": " "}).status == 422
    for person in (None, cast.free, cast.instructor):
        assert browse(person).post(revocation, {"reason": "no"}).status in {302, 303, 401, 403}
    assert desk.post(f"/desk{address}/reissue").status == 422
    assert desk.post(revocation, {"reason": "The works are somebody else's."}).status == 303
    page = client.get(address)
    assert page.status == 200 and "was revoked on" in page.text and "The works are somebody else" in page.text

    def fetch(url: str) -> Any:
        return told(client, url)

    assert is_revoked(badge, fetch, fetch("/credentials/issuer"))
    fresh = desk.post(f"/desk{address}/reissue")
    assert fresh.status == 303
    again = told(client, fresh.location + "/badge.json")
    assert again["id"] != badge["id"]
    verify(again, fetch("/credentials/issuer"))
    assert not is_revoked(again, fetch, fetch("/credentials/issuer")) and is_revoked(badge, fetch, fetch("/credentials/issuer"))


def test_P4_the_page_shows_each_reader_what_they_may_see(done, cast, browse, client) -> None:
    project, learner, shown, kept, credential = done
    address = f"/credentials/{credential.public_id}"
    page = client.get(address)
    assert len(page.queries) <= 8 and page.response.headers["X-Robots-Tag"].startswith("noindex")
    assert "Letter to everyone" in page.text and "Letter to nobody" not in page.text and "A class work." in page.text
    for person in (learner, cast.instructor, make_learner(project)):
        assert "Letter to nobody" in browse(person).get(address).text
    assert "Letter to nobody" not in browse(cast.subscriber).get(address).text
    # An anonymous answer beside this name would be anonymous no more, whoever looks.
    with transaction():
        get_plain_work(shown.work_id).veiled_at = credential.issued_at
    for person in (None, cast.instructor, cast.staff):
        assert "Letter to everyone" not in browse(person).get(address).text
    assert "Letter to everyone" in browse(learner).get(address).text
    assert client.get("/credentials/nothing").status == 404 and client.get("/credentials/status/7").status == 404


def test_P20_a_person_who_left_is_named_nowhere(done, client) -> None:
    learner, credential = done[1], done[4]
    address = f"/credentials/{credential.public_id}"
    badge, token = told(client, f"{address}/badge.json"), client.get(f"{address}/badge.jwt").response.text
    with transaction():
        leave(learner)
    page = client.get(address)
    assert page.status == 200 and "Ada" not in page.text and "Letter to" not in page.text
    assert client.get(f"{address}/badge.json").status == client.get(f"{address}/badge.jwt").status == 404
    # What they took along verifies still.
    verify(badge, told(client, "/credentials/issuer"))
    key = told(client, jwt.get_unverified_header(token)["kid"])
    assert jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"])["id"] == badge["id"]


def test_handing_in_the_last_assignment_leads_to_the_certificate(cast, browse) -> None:
    project = make_class(cast.instructor)
    learner = make_learner(project)
    pupil = browse(learner)
    form = {"medium": "text", "title": "A letter", "body": "Dear you,", "alt_text": "", "note": "", "tags": ""}
    sent = pupil.post(f"{project.url}/assignments/1/submit", form)
    assert sent.status == 303
    assert "Here is your certificate" in pupil.follow(sent).text
    credential = find_newest_credential(learner.id, project.id)
    room = pupil.get(f"{project.url}/room")
    assert room(f"a[href='/credentials/{credential.public_id}']") and len(room.queries) <= 14
    assert "here is your certificate" in pupil.get("/account/notifications").text
    assert "This is yours to share" in pupil.get(f"/credentials/{credential.public_id}").text
