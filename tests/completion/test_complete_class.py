"""Completing a class: once, for what was made, whoever asks and however often."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from flask import Flask

from classprojects.app import create_app
from classprojects.classes import actions as classes
from classprojects.classes import queries as class_queries
from classprojects.classes.models import Assignment, Enrollment
from classprojects.completion import actions, queries
from classprojects.completion.jobs import sweep_completions
from classprojects.completion.models import Credential, SigningKey
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.gateways.credential_keys import BadKeys, Keys, find_keys, read_keys
from classprojects.notifications.models import Notification, NotificationKind
from classprojects.settings import BadSettings, read_settings
from tests.factories.classes import make_class, make_learner, submit


def complete(person, project) -> Credential | None:
    with transaction():
        return actions.complete_class(person, project.id, find_keys())


def enrollment_of(person, project) -> Enrollment:
    return db.session.scalars(
        sa.select(Enrollment).where(Enrollment.person_id == person.id, Enrollment.class_id == project.id).execution_options(populate_existing=True)
    ).one()


def change(project, number: int, **values) -> None:
    """An assignment is another one from now on, whatever its form asks."""
    with transaction():
        db.session.execute(sa.update(Assignment).where(Assignment.class_id == project.id, Assignment.number == number).values(**values))


def test_the_last_required_assignment_completes_once(context: Flask, cast) -> None:
    project = make_class(cast.instructor, assignments=2)
    learner = make_learner(project)
    submit(learner, project, 1)
    assert complete(learner, project) is None
    assert enrollment_of(learner, project).completed_at is None
    second = submit(learner, project, 2)
    credential = complete(learner, project)
    assert credential is not None and enrollment_of(learner, project).completed_at is not None
    assert complete(learner, project) is None  # and a third time nothing happens either
    with transaction():
        classes.withdraw_submission(class_queries.get_submission(second.id))
    sweep_completions()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Credential)) == 1
    assert enrollment_of(learner, project).completed_at is not None
    told = db.session.scalars(sa.select(Notification).where(Notification.kind == NotificationKind.COMPLETED)).all()
    assert [(one.person_id, one.path) for one in told] == [(learner.id, f"/credentials/{credential.public_id}")]


def test_who_made_nothing_completes_nothing(context: Flask, cast) -> None:
    project = make_class(cast.instructor, assignments=1)
    learner = make_learner(project)
    change(project, 1, is_required=False)
    sweep_completions()
    assert complete(learner, project) is None and complete(cast.free, project) is None


@pytest.mark.parametrize("easier", [{"is_required": False}, {"closed_at": clock.now()}])
def test_the_sweep_completes_when_the_class_asks_for_less(context: Flask, cast, easier) -> None:
    project = make_class(cast.instructor, assignments=2)
    learner, gone = make_learner(project), make_learner(project)
    for person in (learner, gone):
        submit(person, project, 1)
    with transaction():
        classes.leave_class(gone, project)
    sweep_completions()
    assert enrollment_of(learner, project).completed_at is None
    change(project, 2, **easier)
    sweep_completions()
    sweep_completions()
    assert enrollment_of(learner, project).completed_at is not None
    assert enrollment_of(gone, project).completed_at is None
    (credential,) = queries.list_credentials().items
    assert credential.person_id == learner.id
    # It is signed for what was asked and made: of the second one it says nothing.
    first, second = class_queries.get_class_by_id(project.id).assignments
    narrative = credential.document["credentialSubject"]["achievement"]["criteria"]["narrative"]
    assert first.title in narrative and second.title not in narrative


def test_eight_at_once_issue_one(context: Flask, cast) -> None:
    project = make_class(cast.instructor)
    learner = make_learner(project)
    submit(learner, project)
    find_keys()
    start, found, wrong = threading.Barrier(8), [], []

    def race() -> None:
        with context.app_context():
            try:
                start.wait(timeout=20)
                with transaction():
                    found.append(actions.complete_class(learner, project.id, find_keys()))
            except Exception as error:
                wrong.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not wrong
    db.session.rollback()  # what was read before stays as it was until then
    assert len([one for one in found if one is not None]) == 1 and len(found) == 8
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Credential)) == 1


def test_revoking_says_why_and_only_then_can_it_be_issued_anew(context: Flask, cast) -> None:
    project = make_class(cast.instructor)
    learner = make_learner(project)
    submit(learner, project)
    credential = complete(learner, project)
    signed, staff = credential.document, cast.staff
    with pytest.raises(DomainError), transaction():
        actions.reissue_credential(queries.get_credential(credential.public_id), find_keys())
    with pytest.raises(DomainError), transaction():
        actions.revoke_credential(queries.get_credential(credential.public_id), staff, "  ")
    with transaction():
        actions.revoke_credential(queries.get_credential(credential.public_id), staff, "Somebody else's works.")
        actions.revoke_credential(queries.get_credential(credential.public_id), staff, "Twice.")
    one = queries.get_credential(credential.public_id)
    assert one.revoked_because == "Somebody else's works." and one.document == signed
    with transaction():
        actions.reissue_credential(one, find_keys())
    with pytest.raises(DomainError), transaction():
        actions.reissue_credential(queries.get_credential(credential.public_id), find_keys())
    newest = queries.find_newest_credential(learner.id, project.id)
    assert (newest.serial, newest.revoked_at) == (2, None) and newest.public_id != credential.public_id
    assert queries.list_revoked_ids(0) == [credential.id]


def test_P20_whoever_leaves_is_named_on_no_credential(context: Flask, cast) -> None:
    project = make_class(cast.instructor)
    learner, mate = make_learner(project), make_learner(project)
    for person in (learner, mate):
        submit(person, project)
        complete(person, project)
    with transaction():
        actions.forget_credentials(learner)
    left, stays = queries.find_newest_credential(learner.id, project.id), queries.find_newest_credential(mate.id, project.id)
    db.session.refresh(left)
    assert left.name == "" and left.document == {} and left.revoked_at is None
    assert stays.name == mate.name and stays.document["proof"]


def test_new_keys_leave_the_old_ones_published(context: Flask, cast) -> None:
    project = make_class(cast.instructor)
    learner, mate = make_learner(project), make_learner(project)
    submit(learner, project)
    submit(mate, project)
    before = find_keys()
    complete(learner, project)
    after = Keys(ed25519.Ed25519PrivateKey.generate(), before.rsa)
    with transaction():
        actions.complete_class(mate, project.id, after)
    rows = {one.key_id: one.retired_at for one in db.session.scalars(sa.select(SigningKey).execution_options(populate_existing=True))}
    old, new = next(iter(before.public_jwks())), next(iter(after.public_jwks()))
    assert set(rows) == {*before.public_jwks(), new}
    assert rows[old] is not None and rows[new] is None


# Keys


def pem(*keys) -> bytes:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return b"".join(key.private_bytes(*form) for key in keys)


def test_self_made_keys_are_kept_and_private(context: Flask) -> None:
    path = context.config["SETTINGS"].data_dir / "credential_keys.pem"
    first = find_keys()
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_keys(path).public_jwks() == first.public_jwks()


def test_a_site_without_usable_keys_does_not_start(tmp_path: Path) -> None:
    edwards, short = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(public_exponent=65537, key_size=1024)
    files = {"one": pem(edwards), "short": pem(edwards, short), "words": b"no key", "two": pem(edwards, edwards)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadKeys):
            read_keys(tmp_path / name)
    env = {"CLASSPROJECTS_ENV": "test", "DATA_DIR": str(tmp_path / "data")}
    with pytest.raises(BadSettings, match="CREDENTIAL_KEYS cannot be read"):
        create_app(read_settings({**env, "CREDENTIAL_KEYS": str(tmp_path / "none")}))
    if os.geteuid():
        (tmp_path / "one").chmod(0)
        with pytest.raises(BadKeys, match="cannot be read"):
            read_keys(tmp_path / "one")
