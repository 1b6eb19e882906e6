"""What strangers must not see, looked for in every answer there is (P4), and what must be gone once it is deleted."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts import actions as accounts
from classprojects.accounts import queries as people
from classprojects.core.database import db, transaction
from classprojects.gateways.storage import get_storage
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.web.shared.logs import hide_rows
from classprojects.works import actions, queries
from classprojects.works.models import Medium
from tests.attacks.scene import SECRET, Scene, set_scene
from tests.attacks.test_every_route import address, routes
from tests.factories.classes import say
from tests.factories.media import picture_file
from tests.factories.people import PASSWORD, make_person
from tests.factories.works import make_file, make_work

# Exhaustive: not for the fast checks.
pytestmark = pytest.mark.slow


@pytest.fixture
def scene(cast: Any) -> Scene:
    return set_scene(cast)


def strangers(scene: Scene) -> dict[str, Any]:
    cast = scene.cast
    return {"visitor": None, "free": cast.free, "subscriber": cast.subscriber, "lapsed": cast.lapsed, "other instructor": cast.other_instructor}


def test_no_answer_names_what_is_hidden(app: Flask, scene: Scene, browse: Any) -> None:
    """Feeds, search, lineage in three forms, lists, JSON, cards, the sitemap: not one word of a class work, draft or deleted work."""
    values = scene.values() | {"prompt_slug": scene.prompt.slug}
    hidden = {scene.submission.work_id, scene.draft.id, scene.gone.id}
    for who, person in strangers(scene).items():
        client = browse(person)
        tries = [address(rule, values) for rule in routes(app, "GET")]
        tries.remove("/components")  # shows made-up things
        tries += [address(rule, values | {"work_id": number}) for rule in routes(app, "GET") if "work_id" in rule.arguments for number in hidden]
        tries += [f"/people/learner{rest}" for rest in ("", "/feed.atom")]
        tries += [f"/{page}?{rest}" for page in ("open", "search") for rest in (f"q={SECRET}", f"q={SECRET.lower()}", "sort=remixed", "filter=never-remixed", "q=letter")]
        tries += [f"/{part}/{scene.hidden_project.slug}" for part in ("classes", "studio/classes")]
        for where in tries:
            for accept in ("text/html", "application/json"):
                page = client.get(where, headers={"Accept": accept})
                told = page.response.get_data()
                page.response.close()
                assert f"q={SECRET}".lower() in where.lower() or SECRET.lower().encode() not in told.lower(), f"{who}: {where} as {accept}"
                for number in hidden:
                    assert f'href="/works/{number}"'.encode() not in told or number == scene.gone.id, f"{who}: {where} links to {number}"


def test_a_search_for_what_is_hidden_finds_nothing(scene: Scene, browse: Any) -> None:
    """Nor does it tell by a number or an order that something is there."""
    for person in strangers(scene).values():
        client = browse(person)
        for where in ("/open", "/search"):
            found = client.get(where, query_string={"q": SECRET})
            nothing = client.get(where, query_string={"q": "Nothingness"})
            assert len(found("article, .work-card")) == len(nothing("article, .work-card"))
    counts = browse().get(scene.open.url, headers={"Accept": "application/json"}).json
    assert counts["remixes"] == 1


def test_hidden_and_missing_answer_alike(scene: Scene, browse: Any) -> None:
    """404 either way, in the same words: nobody learns which numbers exist."""
    for person in strangers(scene).values():
        client = browse(person)
        for rest in ("", "/lineage", "/lineage.json", "/lineage.csv", "/lineage.svg", "/lineage/path", "/credits", "/bundle.zip", "/download", "/media", "/edit", "/delete", "/share"):
            answers = {(page.status, page.text) for number in (scene.draft.id, scene.submission.work_id, 999_999) for page in [client.get(f"/works/{number}{rest}")]}
            assert len(answers) == 1 and answers.pop()[0] == 404, rest
        for rest in ("heart", "comments", "remix", "edit", "delete", "publication", "share", "unheart"):
            answers = {client.post(f"/works/{number}/{rest}", {"body": "x"}).status for number in (scene.draft.id, scene.submission.work_id, 999_999)}
            assert answers == {404}, rest
    for rest in ("", "/join", "/leave", "/room", "/gallery", "/changes", "/lessons/1", "/assignments/1"):
        for slug in (scene.hidden_project.slug, "no-such-class"):
            client = browse(scene.cast.free)
            assert 404 in {client.get(f"/classes/{slug}{rest}").status, client.post(f"/classes/{slug}{rest}").status}


def test_a_classmate_does_not_read_anothers_withdrawn_answer(scene: Scene, browse: Any) -> None:
    """Taken back is hidden from the class; only its maker and who leads it still see it."""
    from classprojects.classes import actions as classes
    from classprojects.classes import queries as class_queries
    from tests.factories.classes import make_learner

    classmate = make_learner(scene.project, "classmate")
    say(scene.cast.instructor, scene.submission, as_instructor=True)
    assert browse(classmate).get(scene.submission.url).status == 200
    with transaction():
        classes.withdraw_submission(class_queries.get_submission(scene.submission.id))
    assert browse(classmate).get(scene.submission.url).status == 404
    assert browse(classmate).get(f"/works/{scene.submission.work_id}").status == 404
    assert SECRET not in browse(classmate).get(f"/classes/{scene.project.slug}/gallery").html


def test_files_follow_their_page(scene: Scene, browse: Any) -> None:
    """The address of a file of a draft, a class work or a deleted work opens to nobody else."""
    for values in ({"publish": False}, {}):
        file = make_file(scene.cast.maker)
        work = make_work(scene.cast.maker, medium=Medium.IMAGE, alt_text="A stone.", file_id=file.id, **values)
        where = f"/media/{file.public_id}/w480-webp"
        if values:
            for person in strangers(scene).values():
                assert browse(person).get(where).status == 404
        else:
            with transaction():
                actions.unpublish_work(queries.get_work(work.id))
            assert browse().get(where).status == 404


def test_deleted_works_leave_no_bytes(scene: Scene, browse: Any, tmp_path: Path) -> None:
    """Originals and rows of a deleted work, of every version of it, are gone."""
    client = browse(scene.cast.free)
    first, second = (picture_file(tmp_path / f"{number}.png", 40 + number, 30) for number in (1, 2))
    form = {"medium": "image", "title": "Stone", "alt_text": "A stone.", "space": "open"}
    page = client.post("/works/new", {**form, "file": (io.BytesIO(first.read_bytes()), "a.png")})
    assert client.post(f"{page.location}/edit", {**form, "file": (io.BytesIO(second.read_bytes()), "b.png")}).status == 303
    keys = list(db.session.scalars(sa.select(MediaFile.storage_key).where(MediaFile.owner_id == scene.cast.free.id)))
    assert len(keys) == 2 and all(get_storage().exists(key) for key in keys)
    client.post(f"{page.location}/delete")
    assert not any(get_storage().exists(key) for key in keys)
    assert not list(db.session.scalars(sa.select(MediaFile.id).where(MediaFile.owner_id == scene.cast.free.id)))


def test_a_picture_taken_down_is_gone(scene: Scene, browse: Any, tmp_path: Path) -> None:
    """Pictures of people are everybody's to see: the one before must not stay at its address."""
    client = browse(scene.cast.free)
    form = {"name": "Free", "language": "en", "time_zone": "UTC"}
    keys = []
    for number in (1, 2):
        content = picture_file(tmp_path / f"{number}.png", 40 + number, 30).read_bytes()
        assert client.post("/account", {**form, "picture": (io.BytesIO(content), "me.png")}).status == 303
        keys += list(db.session.scalars(sa.select(MediaFile.storage_key).where(MediaFile.purpose == MediaPurpose.PICTURE, MediaFile.storage_key.not_in(keys))))
        db.session.commit()
    assert len(keys) == 2 and not get_storage().exists(keys[0]) and get_storage().exists(keys[1])
    client.post("/account/picture/removal")
    assert not get_storage().exists(keys[1])


def test_leaving_leaves_no_address(scene: Scene, browse: Any) -> None:
    """No column of any table still holds the address of somebody who left."""
    person = make_person("goner")
    client = browse(person)
    client.post("/account/email", {"email": "goner-new@example.test", "password": PASSWORD})
    client.post("/works/new", {"medium": "text", "title": "T", "body": "B"})
    assert client.post("/account/delete", {"password": PASSWORD}).status == 303
    for table in db.metadata.tables.values():
        for row in db.session.execute(sa.select(table)).all():
            assert "goner-new@" not in str(row) and "goner@example" not in str(row), table.name


def test_shared_caches_never_hold_a_session(app: Flask, scene: Scene, browse: Any) -> None:
    """What may be kept for everybody sets no cookie; what is somebody's own is kept by nobody."""
    values = scene.values() | {"prompt_slug": scene.prompt.slug}
    client, person = browse(), scene.cast.free
    assert client.post("/login", {"email": person.handle, "password": PASSWORD}).status == 303
    for rule in routes(app, "GET"):
        page = client.get(address(rule, values))
        control = page.response.cache_control
        if control.public:
            assert "Set-Cookie" not in page.headers, rule.rule
        else:
            assert control.private or control.no_store, f"{rule.rule}: {page.headers['Cache-Control']}"
        page.response.close()


def test_what_is_personal_is_not_stored_by_browsers(scene: Scene, browse: Any) -> None:
    """After signing out on a shared machine, going back shows no account (ASVS 8.2.1)."""
    client = browse(scene.cast.staff)
    for where in ("/account", "/account/email", "/account/membership", "/account/export.zip", "/account/delete", "/password/nothing", "/email/nothing", "/desk"):
        page = client.get(where)
        assert page.response.cache_control.no_store, f"{where}: {page.headers['Cache-Control']}"
        page.response.close()


def test_addresses_with_tokens_are_told_to_nobody(scene: Scene, browse: Any) -> None:
    """The page behind a one-time link sends no Referer that would hold the token."""
    for where in ("/password/nothing", "/email/nothing"):
        assert browse().get(where).headers["Referrer-Policy"] == "strict-origin"


def test_logs_keep_no_secrets(app: Flask, scene: Scene, browse: Any, caplog: Any, capfd: Any) -> None:
    """Addresses, passwords, tokens and values of statements never reach the log, even when something breaks."""
    caplog.set_level("DEBUG")
    client, person = browse(), scene.cast.free
    client.post("/login", {"email": person.email, "password": "sesame-wrong-1"})
    client.post("/signup", {"handle": "logged", "email": "logged@example.test", "password": "sesame-right-1"})
    client.post("/password/forgotten", {"email": "free@example.test"})
    from sqlalchemy.exc import SQLAlchemyError

    with pytest.raises(SQLAlchemyError) as broken, transaction():
        accounts.edit_profile(people.get_person(scene.cast.free.id), name=None, bio="sesame-bio", country=None, language="en", time_zone="UTC")  # type: ignore[arg-type]
    told = hide_rows(None, "", {"exception": str(broken.value)})["exception"]
    said = caplog.text.replace(str(broken.value), "") + "".join(capfd.readouterr()) + told
    for secret in ("sesame", "free@example.test", "logged@example.test"):
        assert secret not in said


def test_rows_stay_out_of_the_log() -> None:
    """PostgreSQL quotes the row that broke a rule; nobody needs it in a log."""
    said = hide_rows(None, "", {"exception": "NotNullViolation\nDETAIL:  Failing row contains (5, a@b.test).\n\n[SQL: UPDATE people]"})
    assert said == {"exception": "NotNullViolation\nDETAIL: (left out)\n\n[SQL: UPDATE people]"}


def test_a_broken_page_still_speaks(app: Flask, scene: Scene, browse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours that ends in a failed write shows the page for it, also to somebody signed in."""

    def break_it(person: Any, **_: Any) -> None:
        person.name = None
        db.session.flush()

    monkeypatch.setattr(accounts, "edit_profile", break_it)
    client = browse(scene.cast.free)
    form = {"name": "Free", "language": "en", "time_zone": "UTC", "csrf_token": client.csrf_token()}
    response = client._elsewhere(lambda: client.flask.post("/account", data=form))
    assert response.status_code == 500 and "not your fault" in response.get_data(as_text=True)
