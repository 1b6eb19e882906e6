"""The certificate page, the credential to take along, and all that is needed to verify it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template

from classprojects.completion import documents, queries
from classprojects.completion.models import Credential, SigningKey
from classprojects.completion.signing import add_proof, as_token
from classprojects.core import clock
from classprojects.core.errors import NotFound
from classprojects.gateways.credential_keys import find_keys
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.classes.completing import own_credential
from classprojects.web.classes.pages import class_work_card
from classprojects.web.media.serving import attachment
from classprojects.web.shared.arguments import wants_json
from classprojects.web.shared.cards import Card
from classprojects.web.shared.class_cards import leaders_of
from classprojects.web.shared.guards import current_person, public, requires
from classprojects.works.bylines import is_maker_hidden
from classprojects.works.models import Work
from classprojects.works.queries import Viewer

bp = Blueprint("credentials", __name__)

# the class room shows whoever completed the class the way to it
bp.add_app_template_global(own_credential)

#: how long a verifier may keep what is published about credentials, in seconds
FRESH = 300


@bp.get("/credentials/<public_id>")
@requires(Permission.VIEW_CREDENTIAL, on=queries.get_credential)
def show_credential(credential: Credential) -> Any:
    """The certificate: who made what, when, with whom. Its address cannot be guessed, and no search engine keeps it."""
    if wants_json():
        return _told(_document_of(credential), "application/json")
    person, viewer = current_person(), viewer_for(current_person())
    is_gone = credential.person.left_at is not None
    evidence = [] if is_gone else queries.list_evidence(credential.person_id, credential.class_id)
    page = render_template(
        "credentials/show_credential.html",
        credential=credential,
        project=credential.project,
        is_gone=is_gone,
        leaders=leaders_of(credential.project),
        works=[(assignment, _card(submission.work, viewer)) for assignment, submission in evidence],
        is_own=person is not None and person.id == credential.person_id,
        revoked=credential.revoked_at is not None,
    )
    response = Response(page)
    response.headers["X-Robots-Tag"] = "noindex, noai, noimageai"
    return response


def _card(work: Work, viewer: Viewer) -> Card:
    """The work as the reader may see it. Beside this name a veiled one would be veiled no more (P4)."""
    if is_maker_hidden(work, viewer):
        return Card(id=None, url=None, title=None, medium=work.medium.value)
    return class_work_card(work, viewer)


def _document_of(credential: Credential) -> dict[str, Any]:
    """The credential as it was signed; raises NotFound once its person left."""
    if not credential.document:
        raise NotFound
    return credential.document


@bp.get("/credentials/<public_id>/badge.json")
@requires(Permission.VIEW_CREDENTIAL, on=queries.get_credential)
def download_badge(credential: Credential) -> Any:
    """The credential as Open Badges 3.0, with its proof in it."""
    response = _told(_document_of(credential), "application/vc")
    response.headers["Content-Disposition"] = attachment(f"{credential.project.slug}.json")
    return response


@bp.get("/credentials/<public_id>/badge.jwt")
@requires(Permission.VIEW_CREDENTIAL, on=queries.get_credential)
def download_token(credential: Credential) -> Any:
    """The same as a JSON Web Token."""
    keys, document = find_keys(), _document_of(credential)
    rsa_id = list(keys.public_jwks())[1]
    response = Response(as_token(document, keys.rsa, documents.key_url(rsa_id)), mimetype="text/plain")
    response.headers["Content-Disposition"] = attachment(f"{credential.project.slug}.jwt")
    return _for_anybody(response)


@bp.get("/credentials/issuer")
@public
def show_issuer() -> Any:
    """Who issues, and with which keys: all that a verifier needs to keep."""
    return _told(documents.issuer_document(_published_keys()), "application/json", kept=True)


@bp.get("/.well-known/jwks.json")
@public
def show_keys() -> Any:
    """Every public key that ever signed, as a JSON Web Key Set."""
    return _told({"keys": [documents.published_jwk(one) for one in _published_keys()]}, "application/jwk-set+json", kept=True)


@bp.get("/credentials/keys/<key_id>")
@public
def show_key(key_id: str) -> Any:
    """One public key, which a token names by this address."""
    for one in _published_keys():
        if one.key_id == key_id:
            return _told(documents.published_jwk(one), "application/jwk+json", kept=True)
    raise NotFound


def _published_keys() -> Sequence[SigningKey]:
    """Every key that ever signed, and those that will next."""
    known = list(queries.list_keys())
    ids = {one.key_id for one in known}
    coming = [SigningKey(key_id=name, public_jwk=jwk) for name, jwk in find_keys().public_jwks().items() if name not in ids]
    return [*coming, *known]


@bp.get("/credentials/status/<int:number>")
@public
def show_status_list(number: int) -> Any:
    """Which credentials were revoked, as a signed Bitstring Status List: asking for it says nothing about whose."""
    keys = find_keys()
    document = documents.status_document(number, queries.list_revoked_ids(number), clock.now())
    method = documents.proof_method(next(iter(keys.public_jwks())))
    return _told(add_proof(document, keys.ed25519, method, clock.now()), "application/vc", kept=True)


def _told(document: dict[str, Any], mime: str, *, kept: bool = False) -> Response:
    response = _for_anybody(Response(json.dumps(document, ensure_ascii=False, indent=2), mimetype=mime))
    if kept:
        response.headers["Cache-Control"] = f"public, max-age={FRESH}"
    return response


def _for_anybody(response: Response) -> Response:
    """Verifiers run in browsers too, on pages of others."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Robots-Tag"] = "noindex, noai, noimageai"
    return response
