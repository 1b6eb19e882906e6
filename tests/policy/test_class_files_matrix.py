"""Who may see a file of a class: person by purpose by state of the class (P2, P4)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from classprojects.classes import actions, queries
from classprojects.classes.actions.building import use_trailer
from classprojects.classes.actions.resources import add_resource
from classprojects.classes.models import ClassState
from classprojects.core import memo
from classprojects.core.database import db, transaction
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose
from classprojects.policy import Permission as P
from classprojects.policy import may
from tests.classes.test_outline import stored
from tests.factories.classes import make_class, make_learner
from tests.factories.memberships import give_lapsed_membership
from tests.factories.people import Cast, make_person

PEOPLE = ("visitor", "free", "subscriber", "learner", "lapsed learner", "instructor", "other instructor", "staff")
#: (purpose, state) -> who may
LEADERS = {"instructor", "staff"}
INSIDE = {"learner", *LEADERS}
TABLE: dict[tuple[str, str], set[str]] = {
    **{(purpose, "draft"): LEADERS for purpose in ("lesson", "preview", "description", "resource", "trailer", "cover")},
    **{(purpose, "published"): INSIDE for purpose in ("lesson", "description", "resource")},
    **{(purpose, "published"): set(PEOPLE) for purpose in ("preview", "trailer", "cover")},
    **{(purpose, "archived"): INSIDE for purpose in ("lesson", "preview", "description", "resource")},
    **{(purpose, "archived"): {"lapsed learner", *INSIDE} for purpose in ("trailer", "cover")},
    # Taken out of its lesson or its class, nobody but who sent it.
    **{(purpose, "taken away"): set() for purpose in ("lesson", "preview", "description", "resource", "trailer", "cover")},
}


@pytest.mark.parametrize("state", ["draft", "published", "archived", "taken away"])
def test_files_of_a_class(context: Flask, cast: Cast, state: str) -> None:
    owner = make_person("uploader")
    project = make_class(cast.instructor, lessons=3)
    people: dict[str, Any] = {
        "visitor": None, "free": cast.free, "subscriber": cast.subscriber, "learner": make_learner(project, "learner"),
        "lapsed learner": make_person("gone"), "instructor": cast.instructor, "other instructor": cast.other_instructor, "staff": cast.staff,
    }  # fmt: skip
    with transaction():
        actions.join_class(people["lapsed learner"], queries.get_class(project.slug))
    give_lapsed_membership(people["lapsed learner"])
    kinds = {"description": MediaKind.AUDIO, "resource": MediaKind.DOCUMENT, "cover": MediaKind.IMAGE}
    purposes = {"preview": MediaPurpose.LESSON}
    files = {
        name: stored(owner, kinds.get(name, MediaKind.VIDEO), purposes.get(name) or MediaPurpose(name), 60_000)
        for name in ("lesson", "preview", "description", "resource", "trailer", "cover")
    }
    ids = {name: file.id for name, file in files.items()}
    with transaction():
        fresh = queries.get_class(project.slug)
        free, inner = fresh.lessons[0], fresh.lessons[1]
        free.file_id, inner.file_id, inner.description_file_id = ids["preview"], ids["lesson"], ids["description"]
        add_resource(fresh, inner, files["resource"], "", cast.instructor)
        use_trailer(fresh, files["trailer"])
        fresh.cover_file_id = ids["cover"]
    with transaction():
        fresh = queries.get_class(project.slug)
        if state == "draft":
            fresh.state = ClassState.DRAFT
        elif state == "archived":
            actions.archive_class(fresh)
        elif state == "taken away":
            fresh.trailer_file_id = fresh.cover_file_id = fresh.lessons[0].file_id = None
            actions.delete_lesson(fresh, fresh.lessons[1])
    for name, file_id in ids.items():
        for who in PEOPLE:
            memo.forget()
            file = db.session.get(MediaFile, file_id)
            assert bool(may(people[who], P.VIEW_MEDIA, file)) is (who in TABLE[name, state]), (name, state, who)
        assert may(owner, P.VIEW_MEDIA, file)
