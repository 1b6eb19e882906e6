"""Completing a class, and what becomes of the credential: issued once, revoked with a reason, issued anew."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.models import Enrollment
from classprojects.classes.queries import get_class_by_id
from classprojects.completion import queries
from classprojects.completion.documents import credential_document, proof_method
from classprojects.completion.models import Credential, SigningKey
from classprojects.completion.signing import add_proof
from classprojects.core import clock
from classprojects.core.database import db, hold, insert_into, lock_row
from classprojects.core.errors import DomainError
from classprojects.gateways.credential_keys import Keys
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind


def complete_class(person: Person, class_id: int, keys: Keys) -> Credential | None:
    """Note that ``person`` has completed the class and issue the credential, if everything required is handed in.

    None when something is missing, or when it was noted before: a credential is issued
    once, however many ask at the same time. Taking an answer back later changes nothing.
    """
    wanted = sa.select(Enrollment).where(Enrollment.person_id == person.id, Enrollment.class_id == class_id)
    enrollment = db.session.scalar(lock_row(db.session, wanted))
    if enrollment is None or enrollment.left_at is not None or enrollment.completed_at is not None:
        return None
    if not queries.has_made_everything(enrollment):
        return None
    enrollment.completed_at = clock.now()
    return _issue(person, class_id, keys)


def _issue(person: Person, class_id: int, keys: Keys) -> Credential:
    if person.handle is None:
        raise DomainError(_("This person has left, so there is nobody to issue it to."))
    project = get_class_by_id(class_id)
    last = queries.find_newest_credential(person.id, class_id)
    key_id = _publish_keys(keys)
    credential = Credential(
        person_id=person.id,
        class_id=class_id,
        serial=last.serial + 1 if last is not None else 1,
        key_id=key_id,
        name=person.name,
        document={},
        issued_at=clock.now().replace(microsecond=0),
    )
    db.session.add(credential)
    db.session.flush()  # its place on the list of revoked ones is its number
    evidence = queries.list_evidence(person.id, class_id)
    document = credential_document(credential, project, person.handle, evidence)
    credential.document = add_proof(document, keys.ed25519, proof_method(key_id), credential.issued_at)
    db.session.flush()
    notify(
        person.id,
        NotificationKind.COMPLETED,
        f"completed:{credential.id}",
        actor_id=None,
        work_id=None,
        path=f"/credentials/{credential.public_id}",
    )
    return credential


def _publish_keys(keys: Keys) -> str:
    """Have the public halves among the published ones, and those before them retired; the Ed25519 one's name."""
    jwks = keys.public_jwks()
    current = set(db.session.scalars(sa.select(SigningKey.key_id).where(SigningKey.retired_at.is_(None))))
    if current != set(jwks):
        hold(db.session, "signing keys")
        for key_id, jwk in jwks.items():
            row = insert_into(db.session, SigningKey).values(key_id=key_id, public_jwk=jwk, created_at=clock.now())
            db.session.execute(row.on_conflict_do_update(index_elements=["key_id"], set_={"retired_at": None}))
        others = sa.update(SigningKey).where(SigningKey.key_id.not_in(jwks), SigningKey.retired_at.is_(None))
        db.session.execute(others.values(retired_at=clock.now()).execution_options(synchronize_session=False))
    return next(iter(jwks))


def revoke_credential(credential: Credential, by: Person, reason: str) -> None:
    """Say that the credential no longer holds, and why. The document stays as it was signed; the list says so too."""
    if not reason.strip():
        raise DomainError(_("Say why. Whoever holds it reads this."), field="reason")
    credential = _lock(credential)
    if credential.revoked_at is not None:
        return
    credential.revoked_at, credential.revoked_by_id, credential.revoked_because = clock.now(), by.id, reason.strip()
    db.session.flush()


def reissue_credential(credential: Credential, keys: Keys) -> Credential:
    """Issue a new one for one that was revoked, with the name and the works as they are today."""
    credential = _lock(credential)
    newest = queries.find_newest_credential(credential.person_id, credential.class_id)
    if newest is not None and newest.revoked_at is None:
        raise DomainError(_("There is one that holds. Revoke it first."))
    return _issue(credential.person, credential.class_id, keys)


def _lock(credential: Credential) -> Credential:
    # One at a time for a person and a class: of two who issue anew, the second finds the first one's.
    hold(db.session, "credential", credential.person_id)
    db.session.refresh(credential, ["revoked_at"])
    return credential


def forget_credentials(person: Person) -> None:
    """Whoever leaves is named on no credential of theirs here any more (P20). What they downloaded stays valid."""
    theirs = sa.update(Credential).where(Credential.person_id == person.id)
    db.session.execute(theirs.values(name="", document={}).execution_options(synchronize_session=False))
