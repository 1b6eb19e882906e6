"""P4: nobody is told who made a veiled work, on any page, in any role, until the names are released."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from classprojects.accounts.models import Person
from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.actions.names import release_names
from classprojects.classes.models import ClassProject, Submission
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.works import actions as works
from classprojects.works import claims, sources
from classprojects.works.bylines import NotNamedYet
from classprojects.works.models import Work
from classprojects.works.queries import get_work
from tests.attacks.scene import Scene, set_scene
from tests.attacks.test_every_route import address, routes
from tests.factories.classes import add_assignment, join, make_class, make_learner, say, submit
from tests.factories.memberships import give_membership
from tests.factories.people import make_person
from tests.factories.works import make_work

# Walks every route in every role.
pytestmark = pytest.mark.slow

NAME, HANDLE, PICTURE = "Zebulon Quartermaine", "zebulon-quartermaine", "zebulonpicturekey"
GIVER = "Yolanda Hideaway"
TITLE = "Glasswing"
#: what leads to the maker, wherever it stands
TELLING = re.compile(f"{NAME}|{NAME.split()[0]}|{HANDLE}|{PICTURE}", re.IGNORECASE)


@dataclass
class Veiled:
    """A veiled work in the middle of a family, with talk and feedback around it."""

    scene: Scene
    project: ClassProject
    maker: Person
    giver: Person
    classmate: Person
    work: Work
    submission: Submission
    source: Work
    child: Work
    number: int


@pytest.fixture
def veiled(cast: Any) -> Veiled:
    scene = set_scene(cast)
    project = make_class(cast.instructor, lessons=1, assignments=1, title="Masks", publish=False)
    add_assignment(project, cast.instructor, is_anonymous=True, feedback_count=1)
    with transaction():
        actions.publish_class(queries.get_class(project.slug))
    maker = make_person(HANDLE, name=NAME)
    with transaction():
        get_person(maker.id).picture_key = PICTURE
    give_membership(maker)
    join(maker, project)
    giver, classmate = make_learner(project, "yolanda"), make_learner(project, "classmate")
    with transaction():
        get_person(giver.id).name = GIVER
    source = make_work(classmate, title="Before it")
    own = submit(maker, project, 2, title=TITLE, body="Wings of glass.", source_ids=[source.id], tags=("wings",))
    second = submit(maker, project, 2, title=TITLE, body="Wings of clear glass.", source_ids=[source.id])
    assert second.id == own.id
    child = submit(classmate, project, 2, title="After it", source_ids=[own.work_id]).work
    submit(giver, project, 2, title="Beside it")
    say(giver, own, "The light in it.")
    say(cast.instructor, own, "Go on.", as_instructor=True)
    with transaction():
        works.comment_on_work(get_person(maker.id), get_work(own.work_id), "I could not sleep before this.")
        works.heart_work(get_person(maker.id), get_work(own.work_id))
        sources.dispute_edge(get_person(maker.id), claims.get_edge(child.id, own.work_id), "Not quite mine.")
        sources.dispute_edge(get_person(classmate.id), claims.get_edge(own.work_id, source.id), "Not quite mine either.")
    db.session.expunge_all()
    return Veiled(scene, queries.get_class(project.slug), maker, giver, classmate, get_work(own.work_id), queries.get_submission(own.id), source, child, 2)


def places(app: Flask, veiled: Veiled) -> list[str]:
    """Every address of the product that could have to do with it."""
    scene = veiled.scene
    base = scene.values() | {
        "prompt_slug": scene.prompt.slug, "slug": veiled.project.slug, "number": veiled.number, "submission_id": veiled.submission.id, "handle": HANDLE,
        "feedback_id": veiled.submission.attempts[0].feedback[0].id if veiled.submission.attempts[0].feedback else veiled.submission.attempts[1].feedback[0].id,
    }  # fmt: skip
    found: dict[str, None] = {}
    for rule in routes(app, "GET"):
        if rule.endpoint in {"accounts.sign_out", "static"}:
            continue
        around = ((veiled.work, veiled.source), (veiled.child, veiled.work), (veiled.source, veiled.child))
        for work, other in around if "work_id" in rule.arguments else around[:1]:
            ids = dict.fromkeys(rule.arguments, 1) | base | {"work_id": work.id, "parent_id": other.id}
            found[address(rule, ids)] = None
    queried = (
        f"/search?q={TITLE}", "/search?q=wings", f"/open?q={TITLE}", f"/works/{veiled.child.id}/lineage?view=family", f"/works/{veiled.work.id}/lineage?maker={HANDLE}",
        f"/works/{veiled.child.id}/lineage.json?view=family", f"/works/{veiled.child.id}/lineage.csv?view=family", f"/classes/{veiled.project.slug}/gallery?assignment=2",
        f"/works/{veiled.work.id}/download", f"/works/{veiled.work.id}/remix?use=it", f"/works/new?source={veiled.work.id}", f"/works/{veiled.work.id}/versions/1",
        f"/works/{veiled.child.id}/lineage/to?to={veiled.source.id}", f"/works/{veiled.work.id}/use?tool=trim", f"/oembed?url=http://localhost/works/{veiled.work.id}",
    )  # fmt: skip
    return [*found, *queried]


def shows_it(veiled: Veiled, text: str) -> bool:
    """Whether a page shows the work, or leads to it."""
    return TITLE in text or re.search(rf"/works/{veiled.work.id}\b|/submissions/{veiled.submission.id}\b", text) is not None


def told_by(page: Any) -> str:
    """All that an answer says: its headers too, since a download has its name there."""
    body = page.response.get_data()
    page.response.close()
    return f"{page.response.headers}\n{body.decode('utf-8', 'replace')}"


def test_no_page_says_who_made_a_veiled_work(app: Flask, veiled: Veiled, browse: Any) -> None:
    """P4, in every role but the maker's own: neither name nor handle nor picture stands where the work does."""
    cast = veiled.scene.cast
    other = make_person("onlooker")
    give_membership(other)
    everybody = {"classmate": veiled.classmate, "instructor": cast.instructor, "staff": cast.staff, "subscriber": other, "visitor": None}
    seen = 0
    for who, person in everybody.items():
        client = browse(person)
        for where in places(app, veiled):
            # What answers programs too; the rest would answer the same page once more.
            is_told_twice = where.startswith(("/works/", "/people/", "/classes")) and "lineage.csv" not in where
            for headers in ({}, {"Accept": "application/json"}) if is_told_twice else ({},):
                text = told_by(client.get(where, headers=headers))
                # An address that names them oneself, or a search for the name, says nothing that was not asked.
                text = text.replace(where, "").replace(f'value="{HANDLE}"', "").replace(f"maker={HANDLE}", "").replace(f'"maker":"{HANDLE}"', "")
                if shows_it(veiled, text):
                    seen += 1
                    told = TELLING.search(text)
                    assert not told, f"{who} {where} {headers}: …{text[max(0, told.start() - 200) : told.end() + 60]}…"
        found = told_by(client.get(f"/search?q={NAME.split()[0]}"))
        assert not shows_it(veiled, found), f"{who} finds it by the name"
        assert not shows_it(veiled, told_by(client.get(f"/people/{HANDLE}"))), f"{who} finds it on the maker's page"
    assert seen > 60, "the walk met the work on many pages"


def test_the_maker_is_not_told_which_classmate_spoke(veiled: Veiled, browse: Any) -> None:
    """Names are hidden both ways; an instructor's word is not."""
    client = browse(get_person(veiled.maker.id))
    page = client.get(veiled.submission.url)
    assert "The light in it." in page.text and GIVER not in page.text and "yolanda" not in page.text
    assert veiled.scene.cast.instructor.name in page.text
    for where in ("/account/notifications", f"/classes/{veiled.project.slug}/room"):
        assert GIVER not in client.get(where).text
    assert NAME in client.get(veiled.work.url).text, "one's own name is no secret to oneself"
    assert TITLE in client.get(f"/people/{HANDLE}").text


def test_what_stands_beside_a_name_does_not_change_as_the_work_is_answered(veiled: Veiled, browse: Any) -> None:
    """P4: who watches an answer come in finds nothing that changed beside a name, until the names are released."""
    project, instructor = queries.get_class(veiled.project.slug), browse(veiled.scene.cast.instructor)
    title, url = project.assignments[1].title, project.studio_url
    people = {HANDLE: "answered", "yolanda": "waits for you"}

    def beside(handle: str) -> tuple[str, str]:
        roster, page = instructor.get(f"{url}/roster"), instructor.get(f"{url}/learners/{handle}")
        line = next(row for row in roster("tr") if row.cssselect(f"a[href$='/learners/{handle}']"))
        card = next(card for card in page(".season-card") if title in card.text_content())
        return line.text_content(), card.text_content()

    for handle in people:
        line, card = beside(handle)
        assert "handed in" in line and "handed in" in card
        for word in ("answered", "waits", "another try", "handed in again", "waiting", "done"):
            assert word not in line and word not in card, f"{handle}: {word}"
    with transaction():
        release_names(queries.get_assignment(project.slug, veiled.number))
    for handle, word in people.items():
        assert word in beside(handle)[0]


def test_a_veiled_work_is_not_shown_outside_gathered_or_picked(veiled: Veiled, browse: Any) -> None:
    maker = browse(get_person(veiled.maker.id))
    page = maker.post(f"/works/{veiled.work.id}/share")
    assert page.status == 422 and "until the names are released" in page.text
    with pytest.raises(NotNamedYet), transaction():
        works.share_work(get_work(veiled.work.id))
    classmate = browse(get_person(veiled.classmate.id))
    page = classmate.post("/sets/new", {"title": "Mine", "work": str(veiled.work.id)})
    assert page.status == 422 and "until the names are released" in page.text


def test_names_are_released_once_and_for_all(veiled: Veiled, browse: Any) -> None:
    """Those who lead the class say so; then every page names the maker, and later hand-ins are not veiled."""
    cast = veiled.scene.cast
    where = f"/studio/classes/{veiled.project.slug}/assignments/{veiled.number}/names"
    instructor, classmate = browse(cast.instructor), browse(get_person(veiled.classmate.id))
    assert "cannot be taken back" in instructor.get(where).text
    assert classmate.post(where).status == 403
    assert NAME not in classmate.get(veiled.work.url).text
    assert instructor.post(where).status == 303
    db.session.expire_all()
    for page in (classmate.get(veiled.work.url), classmate.get(veiled.submission.url), classmate.get(f"/works/{veiled.child.id}/lineage")):
        assert NAME in page.text
    assert GIVER in browse(get_person(veiled.maker.id)).get(veiled.submission.url).text
    assert TITLE in classmate.get(f"/people/{HANDLE}").text
    assert instructor.get(where).status == 303, "there is nothing left to release"
    with clock.at(clock.real_now() + timedelta(hours=1)):
        late = submit(make_learner(veiled.project, "latecomer"), veiled.project, 2, title="Late")
    assert late.work.veiled_at is None
    with transaction():
        assert not release_names(queries.get_assignment(veiled.project.slug, veiled.number))
