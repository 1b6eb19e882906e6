"""Every form, filled with what no browser would send."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import ImmutableMultiDict

from classprojects.accounts import actions as accounts
from classprojects.accounts import queries as people
from classprojects.accounts.models import TokenPurpose
from classprojects.core.database import transaction
from tests.attacks.scene import Scene, set_scene
from tests.attacks.test_every_route import address, routes, told
from tests.factories.people import PASSWORD, make_person
from tests.factories.works import make_work

# Exhaustive: not for the fast checks.
pytestmark = pytest.mark.slow

#: names that fields of ours have, and some that only tables have
FIELDS = (
    "handle", "email", "password", "current_password", "name", "bio", "country", "language", "time_zone", "picture", "next", "medium",
    "title", "body", "file", "upload", "alt_text", "note", "tags", "sources", "edge_kind", "space", "external_author", "external_licence",
    "once", "works_well", "try_next", "at", "verdict", "plan", "stop", "outcome", "level", "description", "line", "cover_alt", "version",
    "captions", "captions_file", "captions_language", "transcript", "is_preview", "minutes", "brief", "media_allowed", "from_number",
    "feedback_count", "is_required", "is_closed", "starters", "takes", "difficulty", "closes", "role", "item", "direction", "order",
    "reason", "answer", "decision", "thanks", "saved_reply", "insert_reply", "add_remark", "drop_remark", "queue", "then", "seen", "attempt", "rubric",
    "remark_text", "remark_at", "remark_until", "remark_picture", "remark_x", "remark_width", "remark_quote", "remark_start", "mark-c1",
    "step", "find_starter", "rubric-0-title", "rubric-0-level-0-label", "requires", "moment", "message", "reason", "who", "is_anonymous",
    "without_file", "role", "is_staff", "space_id", "prompt_id", "maker_id", "id", "status",
)  # fmt: skip
VALUES = (
    "", " ", "\x00", "a\x00b\x00", "\ufffe\uffff", "9" * 5000, "-1", "0", "1e9", "٣²", "' OR '1'='1", "<script>alert(1)</script>",
    "\u202egnp.exe", "👩‍👩‍👧 " * 60, "{{7*7}}", "%s%n%(x)s", "../../etc/passwd", "\r\nX-Evil: 1", "0001-01-01", "9999-12-31", "\u0130" * 130,
    "lesson-1", "video", "1\n2\n99999999999999999999\nhttp://[::1\nhttps://a.test/\nmailto:x", "open",
)  # fmt: skip
LONG = ("x" * 1_000_000, "😀" * 250_000, "\n" * 1_000_000)


@pytest.fixture
def scene(cast: Any) -> Scene:
    return set_scene(cast)


def posts(app: Flask, scene: Scene) -> list[str]:
    """Every address that takes a form, apart from those that end a session or an account."""
    values = scene.values() | {"prompt_slug": scene.prompt.slug}
    left_out = {"accounts.sign_out", "accounts.sign_out_everywhere", "accounts.leave_account", "billing.subscribe"}
    return [address(rule, values) for rule in routes(app, "POST") if rule.endpoint not in left_out]


@pytest.fixture
def fields_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows whenever a request looks at a field of its form, or at all of them; its token aside."""
    read: list[str] = []

    def noting(name: str) -> Any:
        def method(self: Any, *arguments: Any, **named: Any) -> Any:
            if not arguments or arguments[0] != "csrf_token":
                read.append(name)
            return getattr(super(CuriousFields, self), name)(*arguments, **named)

        return method

    class CuriousFields(ImmutableMultiDict):  # type: ignore[type-arg]
        """A form that notes who looks at it."""

    for name in ("__getitem__", "__contains__", "__iter__", "get", "getlist", "keys", "values", "items", "lists", "listvalues", "to_dict"):
        setattr(CuriousFields, name, noting(name))

    class CuriousRequest(app.request_class):  # type: ignore[name-defined, misc]
        parameter_storage_class = CuriousFields

    monkeypatch.setattr(app, "request_class", CuriousRequest)
    return read


def test_every_field_with_everything(app: Flask, scene: Scene, browse: Any, fields_read: list[str]) -> None:
    """Every field at once with the same hostile value, wherever fields are looked at at all."""
    readers = set()
    for who, person in (("staff", scene.cast.staff), ("learner", scene.learner)):
        client = browse(person)
        for where in posts(app, scene):
            fields_read.clear()
            for number, value in enumerate(VALUES if who == "staff" else VALUES[:6]):
                told(client.post(where, {name: [value, value] for name in FIELDS}), f"{who} POST {where} {value[:40]!r}")
                if number and not fields_read:
                    break  # what does not look at any cannot be hurt by the others
            if fields_read:
                readers.add(where)
            told(client.post(where, {f"{name}[]": "x" for name in FIELDS}), f"{who} POST {where} []")
            token = client.csrf_token()
            page = client._send("POST", where, json={name: {"a": [1]} for name in FIELDS}, headers={"X-CSRFToken": token})
            told(page, f"{who} POST {where} as JSON")
    assert {"/works/new", "/account", f"{scene.open.url}/comments", "/studio/classes/new"} <= readers


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"])
def test_every_field_as_a_file(app: Flask, scene: Scene, browse: Any, content: bytes) -> None:
    """Files where words belong, under names that mean harm."""
    client = browse(scene.cast.staff)
    for where in posts(app, scene):
        files = {name: (io.BytesIO(content), "../../\u202egnp\x00.exe\r\nX: 1") for name in FIELDS}
        told(client.post(where, files, content_type="multipart/form-data"), f"POST {where}")


def test_a_million_letters(app: Flask, scene: Scene, browse: Any) -> None:
    """1 MB in the fields that take long text: refused in words, and the form still holds it."""
    client = browse(scene.cast.staff)
    for where, field in (("/works/new", "body"), (f"{scene.open.url}/comments", "body"), ("/account", "bio"), ("/login", "email"), ("/studio/classes/new", "description")):
        for text in LONG:
            told(client.post(where, {field: text, "medium": "text", "title": "x", "password": "y"}), f"POST {where}")


def test_a_picture_that_is_only_words(scene: Scene, browse: Any) -> None:
    """A text where the profile's picture belongs is not taken for a file."""
    client = browse(scene.cast.free)
    form = {"name": "Free", "language": "en", "time_zone": "UTC", "picture": "x.jpg"}
    assert client.post("/account", form).status in {303, 422}


def test_every_time_zone_on_offer_can_be_lived_in(scene: Scene, browse: Any) -> None:
    """Whatever zone the profile's form offers, pages can be read in it afterwards."""
    client = browse(scene.cast.free)
    zones = [option.get("value") for option in client.get("/account")("select[name=time_zone] option")]
    from zoneinfo import ZoneInfo

    import pytz

    assert len(zones) > 100
    for zone in zones:
        pytz.timezone(zone)
        ZoneInfo(zone)


def test_nobody_gives_themselves_anything(scene: Scene, browse: Any) -> None:
    """Fields that no form has change nothing (mass assignment)."""
    client = browse(scene.cast.free)
    extra = {"role": "staff", "roles": "staff", "is_staff": "1", "space": str(scene.project.space_id), "space_id": str(scene.project.space_id), "prompt_id": "1", "maker_id": str(scene.cast.maker.id), "status": "published"}
    page = client.post("/works/new", {"medium": "text", "title": "T", "body": "B", **extra})
    assert page.status == 422 and "class" in page.text
    page = client.post("/works/new", {"medium": "text", "title": "T", "body": "B", **extra, "space": "open"})
    assert page.status == 303
    made = client.get(page.location, headers={"Accept": "application/json"}).json
    assert made["maker"]["handle"] == scene.cast.free.handle and made["is_open"]
    client.post("/account", {"name": "Free", "language": "en", "time_zone": "UTC", "handle": "root", "email": "x@y.test", **extra})
    person = people.get_person(scene.cast.free.id)
    assert not person.is_staff and person.handle == "free" and person.email == "free@example.test"


def test_other_peoples_things_are_not_yours(scene: Scene, browse: Any) -> None:
    """Another learner, another instructor, a free account: refused or hidden, and nothing changes."""
    work, answer = scene.open, scene.submission
    tries = [
        f"{work.url}/edit", f"{work.url}/delete", f"{work.url}/publication", f"{work.url}/share", f"{work.url}/processing",
        f"{scene.draft.url}/edit", f"{scene.draft.url}/delete", f"{scene.draft.url}/publication", f"{scene.draft.url}/heart",
        f"{scene.draft.url}/comments", f"{scene.draft.url}/remix", f"/comments/{scene.comment_id}/delete", f"{answer.url}/withdraw",
        f"{answer.url}/share", f"/works/{answer.work_id}/edit", f"/works/{answer.work_id}/delete", f"/works/{answer.work_id}/share",
    ]  # fmt: skip
    studio = f"/studio/classes/{scene.project.slug}"
    tries += [f"{studio}/{rest}" for rest in ("details", "lessons/new", "lessons/1", "lessons/1/delete", "assignments/new", "assignments/1", "assignments/1/delete", "restoration", "order", "publication", "publication/delete", "archive")]
    for person in (scene.cast.free, scene.cast.other_instructor, make_person("classmate")):
        client = browse(person)
        for where in tries:
            page = client.post(where, {"title": "Mine now", "body": "x", "medium": "text"})
            assert page.status in {403, 404}, f"{person.handle} POST {where}: {page.status}"


def test_a_link_for_one_thing_does_no_other(scene: Scene, browse: Any) -> None:
    """One-time links: each for its own purpose, once, and none outlives a new password."""
    victim = scene.cast.free
    with transaction():
        change = accounts.make_link_token(victim, TokenPurpose.CHANGE_EMAIL, "thief@example.test")
        reset = accounts.make_link_token(victim, TokenPurpose.RESET_PASSWORD, "free@example.test")
    client = browse()
    assert client.get(f"/password/{change}").status == 410
    assert client.post(f"/email/{reset}").status == 410
    assert client.post(f"/password/{reset}", {"password": "a wholly new one"}).status == 303
    assert browse().post(f"/password/{reset}", {"password": "and yet another"}).status == 422
    # Whoever asked for another address before the owner took the account back is too late.
    assert browse().post(f"/email/{change}").status == 410
    assert people.get_person(victim.id).email == "free@example.test"


def test_a_new_password_ends_open_links(scene: Scene, browse: Any) -> None:
    """The same when the password is changed rather than reset."""
    victim = scene.cast.free
    with transaction():
        reset = accounts.make_link_token(victim, TokenPurpose.RESET_PASSWORD, "free@example.test")
        change = accounts.make_link_token(victim, TokenPurpose.CHANGE_EMAIL, "thief@example.test")
    page = browse(victim).post("/account/password", {"current_password": PASSWORD, "password": "a wholly new one"})
    assert page.status == 303
    assert browse().get(f"/password/{reset}").status == 410
    assert browse().post(f"/email/{change}").status == 410


def test_a_long_address_in_capitals(context: Flask, browse: Any) -> None:
    """Some letters are longer in lower case: what passes the form must fit the table."""
    email = "\u0130" * 30 + "@" + ".".join(["\u0130" * 25 + "x" * 20] * 3) + ".test"
    for where, form in (("/signup", {"handle": "turkish", "password": "learn by making"}), ("/password/forgotten", {}), ("/login", {"password": "x"})):
        told(browse().post(where, {"email": email, **form}), f"POST {where}")


@pytest.mark.parametrize("email", ["=?utf-8?q?victim?=@example.test", "a@b.test\r\nBcc: c@d.test,e@f.test", "a,b@c.test", "a@[127.0.0.1]", "<a@b.test>"])
def test_no_address_that_means_another(browse: Any, email: str) -> None:
    """What a mail program would read as another mailbox, or as several, is no address."""
    page = browse().post("/signup", {"handle": "somebody", "email": email, "password": "learn by making"})
    assert page.status == 422 and "name@example.org" in page.text


def test_a_comment_that_one_may_not_see_is_not_there(scene: Scene, browse: Any) -> None:
    """A visitor learns nothing from the address of a comment in a class."""
    from classprojects.works import actions, queries

    with transaction():
        hidden = actions.comment_on_work(scene.learner, queries.get_work(scene.submission.work_id), "In the class.")
    assert browse().get(f"/comments/{hidden.id}/delete").status == 404
    assert browse().get(f"/comments/{scene.comment_id}/delete").status == 303
    assert browse(scene.cast.free).get(f"/comments/{hidden.id}/delete").status == 404
    slug = scene.hidden_project.slug
    assert browse().post(f"/classes/{slug}/leave").status == 404


def test_drafts_of_others_cannot_be_named_as_sources(scene: Scene, browse: Any) -> None:
    """A source that is hidden is refused with the same words as one that never was."""
    client = browse(scene.cast.free)
    words = set()
    for number in (scene.draft.id, scene.submission.work_id, scene.gone.id, 987654):
        page = client.post("/works/new", {"medium": "text", "title": "T", "body": "B", "sources": str(number)})
        assert page.status == 422 and "Zwielicht" not in page.html.replace(str(number), "")
        words.add(" ".join(page("#sources-error, .field__error, [id*=sources] .error")[0].text_content().split()).replace(str(number), "N") if page("#sources-error, .field__error, [id*=sources] .error") else page.text.replace(str(number), "N")[:0])
    assert len(words) == 1
    assert make_work(scene.cast.maker)
