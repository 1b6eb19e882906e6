"""Cloning, exporting and importing classes: equal in everything they say, whole or not at all, whatever is sent."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from dataclasses import fields, replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage

from classprojects.classes import queries
from classprojects.classes.actions import copying, importing
from classprojects.classes.actions.lessons import Chapter
from classprojects.classes.actions.rubrics import Criterion, RubricLevel
from classprojects.classes.content import AssignmentContent, ClassContent, LessonContent, ResourceContent
from classprojects.classes.jobs import importing as jobs
from classprojects.classes.models import (
    Assignment,
    ClassImport,
    ClassProject,
    ImportState,
    Lesson,
    Level,
    OutlineChange,
    Prerequisite,
)
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways.storage import get_storage
from classprojects.media import actions as media
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.policy import Permission, may
from classprojects.works.models import Medium
from tests.factories.classes import CAPTIONS, make_class, make_learner
from tests.factories.media import film_file, picture_file, sound_file
from tests.factories.people import make_person
from tests.factories.works import make_work

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

TRAILER = "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nCome in.\n"


@pytest.fixture(scope="module")
def bytes_of(tmp_path_factory: Any) -> dict[str, bytes]:
    """A small picture, sound, film and text, as people have them."""
    folder = tmp_path_factory.mktemp("files")
    made = {
        "picture": picture_file(folder / "cover.png", 64, 48), "sound": sound_file(folder / "said.wav", 1),
        "film": film_file(folder / "lesson.mp4", seconds=1),
    }  # fmt: skip
    return {**{name: path.read_bytes() for name, path in made.items()}, "text": b"Bring ink.\n"}


NAMES = {"picture": "cover.png", "sound": "said.wav", "film": "lesson.mp4", "text": "what to bring.txt"}


def keep(owner: Any, data: bytes, name: str, purpose: MediaPurpose, kinds: tuple[str, ...]) -> MediaFile:
    received = media.receive_upload(FileStorage(io.BytesIO(data), name), kinds)
    with transaction():
        return media.accept_upload(owner, received, purpose)


@pytest.fixture
def pool(cast, bytes_of) -> dict[str, MediaFile]:
    """One stored file for each use."""
    owner = cast.instructor
    return {
        "cover": keep(owner, bytes_of["picture"], "cover.png", MediaPurpose.COVER, ("image",)),
        "trailer": keep(owner, bytes_of["sound"], "trailer.wav", MediaPurpose.TRAILER, ("audio", "video")),
        "film": keep(owner, bytes_of["film"], "lesson.mp4", MediaPurpose.LESSON, ("audio", "video")),
        "said": keep(owner, bytes_of["sound"], "said.wav", MediaPurpose.DESCRIPTION, ("audio",)),
        "text": keep(owner, bytes_of["text"], "what to bring.txt", MediaPurpose.RESOURCE, ("document",)),
    }


def everything(pool: dict[str, MediaFile], starters: tuple[int, ...] = ()) -> ClassContent:
    """A class that uses all there is."""
    rubric = (Criterion("Voice", "Whose is it?", (RubricLevel("borrowed"), RubricLevel("own", "nobody else's"))),)
    return ClassContent(
        title="Letters ✉ רחוב", medium=Medium.AUDIO, outcome="A letter.", description="# How\n\nit *runs*", level=Level.ADVANCED, language="de",
        cover=pool["cover"], cover_alt="A pen", trailer=pool["trailer"], trailer_captions=TRAILER,
        outline=(
            LessonContent("See", "Look **twice**.", pool["film"], "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHear the room first.\n", "de", "Hear.", (Chapter(0, "Door"), Chapter(500, "Room")), pool["said"], (ResourceContent(pool["text"], "List"), ResourceContent(pool["text"], "")), True, 7),
            AssignmentContent("Write", "To *somebody*.", (Medium.TEXT, Medium.AUDIO), 20, None, 2, True, True, True, rubric, starters),
            AssignmentContent("Answer", "It.", (Medium.TEXT,), 0, 1, 0, False, False, False, (), (), (1,)),
            LessonContent("Read on", "Now.", requires=(1, 2)),
        ),
    )  # fmt: skip


def build(person: Any, content: ClassContent) -> ClassProject:
    with transaction():
        return copying.write_class(person, content, lambda file, _purpose: file)


def plain(content: ClassContent) -> ClassContent:
    """With files by what they are rather than by which row they are."""

    def of(file: Any) -> Any:
        return None if file is None else (file.sha256, file.original_name, file.size, file.kind, file.purpose, file.extension)

    outline = tuple(
        replace(one, file=of(one.file), description=of(one.description), resources=tuple(replace(r, file=of(r.file)) for r in one.resources))
        if isinstance(one, LessonContent) else one
        for one in content.outline
    )  # fmt: skip
    return replace(content, cover=of(content.cover), trailer=of(content.trailer), outline=outline)


def export(browser: Any, project: ClassProject) -> bytes:
    page = browser.get(f"{project.studio_url}/export")
    assert page.status == 200 and page.response.mimetype == "application/zip", page.status
    return page.response.get_data()


def send(browser: Any, data: bytes, address: str = "/studio/import", name: str = "class.zip", **more: str) -> Any:
    return browser.post(address, {"file": (io.BytesIO(data), name), **more})


def run(app: Any) -> ClassImport:
    """Let the worker do what was asked of it; the last import as it stands then."""
    for job, arguments in list(app.config["RECORDED_JOBS"]):
        if job is jobs.import_class:
            job(*arguments)
    app.config["RECORDED_JOBS"].clear()
    return newest()


def newest() -> ClassImport:
    """The last import as it stands now."""
    statement = sa.select(ClassImport).order_by(ClassImport.id.desc()).limit(1)
    return db.session.scalar(statement.execution_options(populate_existing=True))


def stored() -> set[str]:
    return {key for prefix in ("originals", "imports") for key in get_storage().list_keys(prefix)}


def counts() -> tuple[int, ...]:
    return tuple(db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (ClassProject, Lesson, Assignment, MediaFile, OutlineChange))


def test_the_content_leaves_out_no_column() -> None:
    """What a column says is content, or is said here not to be: a new column cannot be forgotten."""
    said = {"id", "class_id", "number", "position", "version", "created_at", "deleted_at", "names_released_at"}
    derived = {"body_html", "brief_html", "description_html", "lessons_count", "assignments_count", "assignments_minutes", "learners_count"}
    life = {"slug", "state", "space_id", "publish_at", "cloned_from_id", "showcase_at", "published_at", "archived_at"}
    names = {"file": "file_id", "description": "description_file_id", "cover": "cover_file_id", "trailer": "trailer_file_id", "builds_on": "from_assignment_id", "is_closed": "closed_at"}
    beside = {"resources", "requires", "starters", "outline"}
    for model, content in ((Lesson, LessonContent), (Assignment, AssignmentContent), (ClassProject, ClassContent)):
        columns = {column.key for column in sa.inspect(model).column_attrs} - said - derived - (life if model is ClassProject else set())
        told = {field.name if field.name == "description" and model is ClassProject else names.get(field.name, field.name) for field in fields(content)}
        assert columns == told - beside, model


def test_a_clone_says_the_same_and_shares_its_files(cast, browse, pool) -> None:
    starter = make_work(cast.maker)
    project = build(cast.instructor, everything(pool, (starter.id,)))
    make_before = counts()
    browser = browse(cast.instructor)
    assert "Make a copy of this class?" in browser.get(f"{project.studio_url}/clone").text
    made = browser.post(f"{project.studio_url}/clone")
    assert made.status == 303 and made.location != project.studio_url
    copy = queries.get_class(made.location.rsplit("/", 1)[-1])
    assert copying.read_content(copy) == everything(pool, (starter.id,)) == copying.read_content(project)
    assert copy.cloned_from_id == project.id and copy.space_id != project.space_id and copy.state.value == "draft"
    assert counts()[3] == make_before[3]  # no file twice
    assert [one.person_id for one in queries.get_class(copy.slug).instructors] == [cast.instructor.id]
    change = queries.find_version(next(one for one in copy.lessons if one.title == "See"), 1)
    assert [one["title"] for one in change.content["resources"]] == ["List", ""]
    # Editing one leaves the other alone.
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Prerequisite).where(Prerequisite.class_id == copy.id)) == 3


def test_who_may_carry_a_class_elsewhere(cast, browse, client) -> None:
    project = make_class(cast.instructor)
    hidden = make_class(cast.instructor, publish=False)
    learner = make_learner(project)
    everybody = {"visitor": None, "free": cast.free, "learner": learner, "lapsed": cast.lapsed, "other": cast.other_instructor, "leader": cast.instructor, "staff": cast.staff}
    for who, person in everybody.items():
        leads = who in {"leader", "staff"}
        assert [bool(may(person, Permission.COPY_CLASS, target)) for target in (project, hidden)] == [leads, leads], who
        assert bool(may(person, Permission.IMPORT_CLASS)) is (who in {"other", "leader", "staff"}), who
    for who, person in everybody.items():
        browser = browse(person) if person else client
        leads = who in {"leader", "staff"}
        for target, refused in ((project, {303, 403}), (hidden, {404})):
            for address in ("clone", "export", "lessons/import"):
                status = browser.get(f"{target.studio_url}/{address}").status
                assert status == 200 if leads else status in refused, (who, address, status)
            assert (browser.post(f"{target.studio_url}/clone").status == 303 and leads) or browser.get("/").status == 200
        status = browser.get("/studio/import").status
        assert (status == 200) is (who in {"other", "leader", "staff"}), who
    # Only clones of who leads it were made.
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ClassProject).where(ClassProject.cloned_from_id.is_not(None))) == 4


def test_what_is_taken_along_comes_back_equal(cast, browse, pool, app) -> None:
    starter = make_work(cast.maker)
    project = build(cast.instructor, everything(pool, (starter.id,)))
    before = plain(copying.read_content(project))
    data = export(browse(cast.instructor), project)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        told = json.loads(archive.read("class.json"))
        assert (told["format"], told["version"]) == ("class-project", 1)
        assert sorted(told["files"]) == sorted(set(archive.namelist()) - {"class.json", "README.txt"})
    browser = browse(cast.other_instructor)
    sent = send(browser, data, once="k")
    assert sent.status == 303 and send(browser, data, once="k").location == sent.location
    page = browser.get(sent.location)
    assert page("live-status") and "Being worked on" in page.text
    assert browse(cast.instructor).get(sent.location).status == 404 and browse().get(sent.location).status == 303
    coming = run(app)
    assert coming.state is ImportState.DONE, coming.report
    page = browser.get(sent.location)
    assert not page("live-status") and "Made: “Letters ✉ רחוב” with 2 lessons, 2 assignments, 5 files." in page.text
    made = queries.get_class_by_id(coming.class_id)
    assert plain(copying.read_content(made)) == before
    assert made.state.value == "draft" and [one.person_id for one in made.instructors] == [cast.other_instructor.id]
    assert {file.owner_id for file in db.session.scalars(sa.select(MediaFile).where(MediaFile.id > pool["text"].id))} == {cast.other_instructor.id}
    assert coming.storage_key not in stored()
    # Once more is the same again, and running the job twice makes nothing twice.
    jobs.import_class(coming.id)
    assert export(browser, made) and db.session.scalar(sa.select(sa.func.count()).select_from(ClassProject)) == 2


lines = st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]), min_size=1, max_size=30).filter(str.strip)
texts = st.text(st.characters(exclude_categories=["C"], include_characters="\n\t"), max_size=60)


@st.composite
def contents(draw: Any) -> ClassContent:
    """Any class that people could have built; files by the names of the pool."""
    outline: list[Any] = []
    assignments = 0
    for _number in range(draw(st.integers(0, 5))):
        requires = tuple(sorted(draw(st.sets(st.integers(1, assignments), max_size=3)))) if assignments else ()
        if draw(st.booleans()):
            file = draw(st.sampled_from([None, "film"]))
            ats = sorted(draw(st.sets(st.integers(0, 900), max_size=3))) if file else []
            outline.append(
                LessonContent(
                    draw(lines), draw(texts), file, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nA &amp; b\n" if draw(st.booleans()) else "",
                    draw(st.sampled_from(["en", "de", "pt-BR"])), draw(texts), tuple(Chapter(at, draw(lines)) for at in ats),
                    draw(st.sampled_from([None, "said"])) if file else None,
                    tuple(ResourceContent("text", draw(st.one_of(st.just(""), lines))) for _n in range(draw(st.integers(0, 2)))),
                    draw(st.booleans()), draw(st.integers(0, 600)), requires,
                )
            )  # fmt: skip
        else:
            titles = draw(st.lists(lines, max_size=2, unique_by=str.casefold))
            taken = draw(st.sets(st.sampled_from(list(Medium)), min_size=1))
            labels = draw(st.lists(lines, min_size=2, max_size=3, unique_by=str.casefold))
            outline.append(
                AssignmentContent(
                    draw(lines), draw(texts), tuple(medium for medium in Medium if medium in taken),
                    draw(st.integers(0, 6000)), draw(st.one_of(st.none(), st.integers(1, assignments))) if assignments else None,
                    draw(st.integers(0, 10)), draw(st.booleans()), draw(st.booleans()), draw(st.booleans()),
                    tuple(Criterion(title, "", tuple(RubricLevel(label, "") for label in labels)) for title in titles), (), requires,
                )
            )  # fmt: skip
            assignments += 1
    return ClassContent(
        draw(lines), draw(st.sampled_from(list(Medium))), draw(st.one_of(st.just(""), lines)), draw(texts), draw(st.sampled_from(list(Level))),
        draw(st.sampled_from(["en", "ar"])), draw(st.sampled_from([None, "cover"])), draw(st.one_of(st.just(""), lines)),
        draw(st.sampled_from([None, "trailer"])), draw(st.sampled_from(["", TRAILER])), tuple(outline),
    )  # fmt: skip


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=contents())
def test_import_of_export_equals_whatever_the_class_says(cast, browse, pool, app, content: ClassContent) -> None:
    with transaction():
        project = copying.write_class(cast.instructor, content, lambda name, _purpose: pool[name])
    before = copying.read_content(project)
    named = {file.id: name for name, file in pool.items()}
    assert plain(before) == plain(replace(content, cover=pool.get(content.cover or ""), trailer=pool.get(content.trailer or ""), outline=tuple(
        replace(one, file=pool.get(one.file or ""), description=pool.get(one.description or ""), resources=tuple(replace(r, file=pool[r.file]) for r in one.resources))
        if isinstance(one, LessonContent) else one for one in content.outline
    ))), named  # fmt: skip
    browser = browse(cast.instructor)
    assert send(browser, export(browser, project)).status == 303
    coming = run(app)
    assert coming.state is ImportState.DONE, coming.report
    assert plain(copying.read_content(queries.get_class_by_id(coming.class_id))) == plain(before)


# Hostile files


def small(**changed: Any) -> dict[str, Any]:
    """The manifest of a small class with one download."""
    lesson = {
        "kind": "lesson", "title": "Read", "body": "Look.", "file": None, "captions": "", "captions_language": "en", "transcript": "",
        "chapters": [], "description": None, "resources": [{"file": "files/a.txt", "title": "A"}], "is_preview": True, "minutes": 3, "requires": [],
    }  # fmt: skip
    assignment = {
        "kind": "assignment", "title": "Write", "brief": "It.", "media_allowed": ["text"], "minutes": 5, "builds_on": None, "feedback_count": 0,
        "is_required": True, "is_closed": False, "is_anonymous": False, "rubric": [], "starters": [], "requires": [],
    }  # fmt: skip
    page = {
        "title": "Small", "outcome": "", "description": "", "medium": "text", "level": "beginner", "language": "en", "cover": None,
        "cover_alt": "", "trailer": None, "trailer_captions": "",
    }  # fmt: skip
    return {
        "format": "class-project", "version": 1,
        "class": {**page, **changed.pop("page", {})}, "outline": [{**lesson, **changed.pop("lesson", {})}, {**assignment, **changed.pop("assignment", {})}],
        "files": {"files/a.txt": {"name": "a.txt", "size": 4, "sha256": "29c6d8db80ec46c1e09fe2f1fed1ff3bb2b8bb4b1a7da1d1a6bcbb5b4ffbf3d4"}},
        **changed,
    }  # fmt: skip


def parcel(manifest: Any = None, files: dict[str, bytes] | None = None, *, raw: bytes | None = None) -> bytes:
    import hashlib

    manifest, files = small() if manifest is None else manifest, {"files/a.txt": b"ink\n"} if files is None else files
    if isinstance(manifest, dict) and isinstance(manifest.get("files"), dict) and isinstance(manifest["files"].get("files/a.txt"), dict):
        told = manifest["files"]["files/a.txt"]
        if told.get("sha256", "").startswith("29c6d8"):
            told["sha256"] = hashlib.sha256(b"ink\n").hexdigest()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("class.json", raw if raw is not None else json.dumps(manifest))
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def with_entry(change: Any) -> bytes:
    """The small class with one more entry, made by ``change(archive)``."""
    target = io.BytesIO(parcel())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        change(archive)
    return target.getvalue()


def linked(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("files/link")
    entry.external_attr = 0o120777 << 16
    archive.writestr(entry, "/etc/passwd")


def twice(archive: zipfile.ZipFile) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("files/a.txt", b"ink\n")


def lying(data: bytes) -> bytes:
    """What is in the first file is longer than its entry says."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<L", 2) + data[at + 28 :]


def many(archive: zipfile.ZipFile) -> None:
    for number in range(1001):
        archive.writestr(f"more/{number}", b"")


def locked(data: bytes) -> bytes:
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 8] + b"\x01\x00" + data[at + 10 :]


def big_table() -> bytes:
    """Says that its table of contents takes 3 GB."""
    data = parcel()
    at = data.rindex(b"PK\x05\x06")
    return data[: at + 12] + struct.pack("<L", 3_000_000_000) + data[at + 16 :]


HOSTILE: dict[str, tuple[Any, str]] = {
    "no zip": (lambda: b"PK\x03\x04 but nothing", "not a ZIP file that can be read"),
    "cut off": (lambda: parcel()[:-30], "not a ZIP file that can be read"),
    "huge table": (big_table, "not a ZIP file that can be read"),
    "bomb": (lambda: with_entry(lambda a: a.writestr("files/b.txt", b"\0" * 30_000_000)), "100 times its size"),
    "too much": (lambda: parcel(files={"files/a.txt": b"ink\n", "files/b": bytes(range(256)) * 200_000}), "takes more than"),
    "many": (lambda: with_entry(many), "more than 1000 files"),
    "up": (lambda: with_entry(lambda a: a.writestr("../out.txt", "x")), "path that leads out"),
    "up inside": (lambda: with_entry(lambda a: a.writestr("files/../../out.txt", "x")), "path that leads out"),
    "absolute": (lambda: with_entry(lambda a: a.writestr("/etc/passwd", "x")), "path that leads out"),
    "drive": (lambda: with_entry(lambda a: a.writestr("C:/x.txt", "x")), "path that leads out"),
    "backslash": (lambda: with_entry(lambda a: a.writestr("files\\x.txt", "x")), "path that leads out"),
    "disguised": (lambda: with_entry(lambda a: a.writestr("files/gpj.\u202eexe", "x")), "hide what it is"),
    "link": (lambda: with_entry(linked), "a link or a device"),
    "twice": (lambda: with_entry(twice), "stands twice"),
    "alike": (lambda: with_entry(lambda a: a.writestr("FILES/A.TXT", "x")), "stands twice"),
    "lying size": (lambda: lying(parcel()), "another size than class.json says"),
    "locked": (lambda: locked(parcel()), "locked with a password"),
    "other method": (lambda: with_entry(lambda a: a.writestr("files/x", "x" * 100, zipfile.ZIP_LZMA)), "packed in a way"),
    "no manifest": (lambda: parcel(raw=b"{}").replace(b"class.json", b"klass.json"), "no class.json"),
    "in a folder": (lambda: folder({"x/class.json": b"{}"}), "lies in a folder of the ZIP"),
    "a folder of lessons": (lambda: folder({"01-begin.md": b"# Begin"}), "To add a folder of lessons"),
    "broken json": (lambda: parcel(raw=b'{"format": '), "broken at line 1"),
    "not utf-8": (lambda: parcel(raw=b"\xff\xfe\x00"), "not UTF-8"),
    "a list": (lambda: parcel(raw=b"[]"), "must hold an object"),
    "deep": (lambda: parcel(raw=b"[" * 100_000), "broken"),
    "huge number": (lambda: parcel(raw=b'{"version": ' + b"9" * 10_000 + b"}"), "broken"),
    "not a number": (lambda: parcel(raw=b'{"version": NaN}'), "broken"),
    "twins": (lambda: parcel(raw=b'{"format": 1, "format": 2}'), "the same name stands twice"),
    "another format": (lambda: parcel(small(format="course")), "does not describe a class project"),
    "newer": (lambda: parcel(small(version=2)), "newer version of the product (format 2"),
    "older than any": (lambda: parcel(small(version=0)), "no version of its format"),
    "wrong type": (lambda: parcel(small(page={"title": 5})), "class.json › class › title: must be a text"),
    "too long": (lambda: parcel(small(page={"title": "x" * 121})), "at most 120 characters"),
    "two lines": (lambda: parcel(small(lesson={"title": "a\nb"})), "outline 1 › title: must be one line"),
    "controls": (lambda: parcel(small(lesson={"body": "a\x00b"})), "control characters"),
    "half a character": (lambda: parcel(raw=json.dumps(small(lesson={"body": "\ud800"})).encode()), "control characters"),
    "empty": (lambda: parcel(small(assignment={"title": " "})), "outline 2 › title: must not be empty"),
    "unknown field": (lambda: parcel(small(lesson={"quiz": []})), "quiz: is not known in this version"),
    "missing field": (lambda: parcel({**small(), "outline": [{"kind": "lesson"}]}), "title: is missing"),
    "unknown kind": (lambda: parcel(small(lesson={"kind": "quiz"})), "must be “lesson” or “assignment”"),
    "bool as number": (lambda: parcel(small(lesson={"minutes": True})), "whole number from 0 to 600"),
    "too many": (lambda: parcel({**small(), "outline": [small()["outline"][0]] * 301}), "list of at most 300"),
    "builds on a later one": (lambda: parcel(small(assignment={"builds_on": 1})), "The assignment to build on is not in this class"),
    "waits for a later one": (lambda: parcel(small(lesson={"requires": [1]})), "nobody could have answered it by then"),
    "circle": (lambda: parcel(small(assignment={"requires": [1]})), "cannot wait for itself"),
    "unknown assignment": (lambda: parcel(small(lesson={"requires": [2]})), "must name assignments by their place"),
    "no media": (lambda: parcel(small(assignment={"media_allowed": []})), "must name some of text"),
    "one level": (lambda: parcel(small(assignment={"rubric": [{"title": "A", "help": "", "levels": [{"label": "x", "help": ""}]}]})), "between 2 and 6 levels"),
    "chapters without a film": (lambda: parcel(small(lesson={"chapters": [{"at_ms": 0, "title": "x"}]})), "“Read”: Chapters mark a sound or film"),
    "bad captions": (lambda: parcel(small(lesson={"captions": "nonsense"})), "“Read”: There are no captions"),
    "missing file": (lambda: parcel(files={}), "“files/a.txt”, which is not in the ZIP"),
    "wrong checksum": (lambda: parcel(files={"files/a.txt": b"INK\n"}), "its checksum is another"),
    "wrong size": (lambda: parcel(files={"files/a.txt": b"more ink\n"}), "another size"),
    "no such file": (lambda: parcel(small(page={"cover": "files/none.png"})), "must name one of the files"),
    "of another kind": (lambda: parcel(small(page={"cover": "files/a.txt"})), "“files/a.txt”: "),
    "unused": (lambda: parcel(small(lesson={"resources": []})), "nothing in the class uses this file"),
}


def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(cast, browse, app, monkeypatch) -> None:
    browser = browse(cast.instructor)
    before, kept = counts(), stored()
    for name, (make, words) in HOSTILE.items():
        if name == "too much":
            monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], quota=1_000_000))
        assert send(browser, make()).status == 303, name
        coming = run(app)
        monkeypatch.undo()
        assert coming.state is ImportState.FAILED and words in " ".join(coming.report), (name, coming.report)
        assert counts() == before and stored() == kept, name
        page = browser.get(f"/studio/imports/{coming.id}")
        assert page.status == 200 and "Nothing was made" in page.text, name


def test_what_is_no_zip_is_refused_at_once(cast, browse) -> None:
    browser, kept = browse(cast.instructor), stored()
    for data, name, words in ((b"GIF89a", "x.zip", "not a ZIP file"), (b"", "x.zip", "empty"), (b"", "", "Choose a ZIP file first")):
        page = send(browser, data, name=name) if name else browser.post("/studio/import", {})
        assert page.status == 422 and words in page.text, words
    assert stored() == kept
    for _number in range(3):
        assert send(browser, parcel()).status == 303
    full = send(browser, parcel())
    assert full.status == 422 and "Three of your files are being worked on" in full.text


def test_a_file_that_a_lesson_cannot_have_is_refused_like_an_upload(cast, browse, app, bytes_of) -> None:
    import hashlib

    data = b"#!/bin/sh\necho \x00"
    told = {"files/a.txt": {"name": "../../a.txt", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}}
    browser, kept = browse(cast.instructor), stored()
    send(browser, parcel(small(files=told), {"files/a.txt": data}))
    coming = run(app)
    assert coming.state is ImportState.FAILED and coming.report[0].startswith("“files/a.txt”: ")
    # A picture where a film must be.
    told = {"files/a.mp4": {"name": "a.mp4", "size": len(bytes_of["picture"]), "sha256": hashlib.sha256(bytes_of["picture"]).hexdigest()}}
    send(browser, parcel(small(files=told, lesson={"file": "files/a.mp4", "resources": []}), {"files/a.mp4": bytes_of["picture"]}))
    coming = run(app)
    assert coming.state is ImportState.FAILED and "it must be a sound or a video" in coming.report[0]
    assert stored() == kept


def test_nothing_is_made_twice_or_by_half_whatever_crashes(cast, browse, app, monkeypatch) -> None:
    browser = browse(cast.instructor)
    before, kept = counts(), stored()
    send(browser, parcel())
    coming = newest()
    real, calls = importing.write_class, []

    def dying(*args: Any, **named: Any) -> Any:
        calls.append(1)
        made = real(*args, **named)
        if len(calls) == 1:
            raise RuntimeError("the power went")
        if len(calls) == 2:
            # Meanwhile another worker did it.
            db.session.execute(sa.update(ClassImport).values(attempts=ClassImport.attempts + 1))
        return made

    monkeypatch.setattr(importing, "write_class", dying)
    jobs.import_class(coming.id)
    coming = newest()
    assert (coming.state, coming.attempts) == (ImportState.WAITING, 1) and counts() == before
    assert {key for key in stored() if key.startswith("originals")} == {key for key in kept if key.startswith("originals")}
    jobs.import_class(coming.id)  # too early
    assert len(calls) == 1
    later = clock.now() + (coming.locked_until - clock.now()) * 2
    with clock.at(later):
        jobs.import_class(coming.id)
        db.session.rollback()
        assert len(calls) == 2 and counts() == before
    app.config["RECORDED_JOBS"].clear()
    from datetime import timedelta

    with clock.at(later + timedelta(hours=1)):
        jobs.sweep_imports()
        assert app.config["RECORDED_JOBS"] == [(jobs.import_class, (coming.id,))]
        assert run(app).state is ImportState.DONE
        assert counts()[0] == before[0] + 1
        jobs.sweep_imports()
        assert app.config["RECORDED_JOBS"] == []
    assert {key for key in stored() if key.startswith("imports")} == {key for key in kept if key.startswith("imports")}


def test_it_gives_up_in_words(cast, browse, app, monkeypatch) -> None:
    from datetime import timedelta

    send(browse(cast.instructor), parcel())
    monkeypatch.setattr(importing, "open_parcel", lambda *_args: (_ for _ in ()).throw(RuntimeError("broken disk")))
    coming = newest()
    now = clock.now()
    for number in range(5):
        with clock.at(now + timedelta(hours=number)):
            jobs.import_class(coming.id)
    coming = newest()
    assert coming.state is ImportState.FAILED and "We tried three times" in coming.report[0]


# Many lessons at once


def folder(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def test_a_folder_becomes_lessons_in_the_order_of_its_names(cast, browse, app, bytes_of) -> None:
    project = make_class(cast.instructor, lessons=1)
    browser = browse(cast.instructor)
    assert "A folder, as a ZIP" in browser.get(f"{project.studio_url}/lessons/import").text
    files = {
        "10-last_one.mp4": bytes_of["film"],
        "2-second.md": b"# The second\n\nIts text.\n",
        "2-second.wav": bytes_of["sound"],
        "2-second.de.vtt": CAPTIONS.encode(),
        "1-first.md": b"\xef\xbb\xbf---\ntitle: \"Begin: here\"\nminutes: 12\npreview: yes\ntranscript: What is said in it.\n---\nNo heading.\r\n",
        "__MACOSX/._1-first.md": b"\x00", "notes.docx": b"x", ".DS_Store": b"x",
    }  # fmt: skip
    sent = send(browser, folder(files), f"{project.studio_url}/lessons/import")
    coming = run(app)
    assert coming.state is ImportState.DONE, coming.report
    page = browser.get(sent.location)
    assert "Added: “Begin: here”" in page.text and "Left out: “notes.docx”." in page.text
    made = queries.get_class(project.slug).lessons[1:]
    assert [(one.title, one.body, one.minutes, one.is_preview, one.medium) for one in made] == [
        ("Begin: here", "No heading.", 12, True, "text"), ("The second", "Its text.", 0, False, "audio"), ("last one", "", 0, False, "video"),
    ]  # fmt: skip
    assert made[0].transcript == "What is said in it."
    assert made[1].captions_language == "de" and "Hear the room first." in made[1].captions


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.md": b"# A", "b.md": b"---\nminutes: soon\n---\n"}, "“b”: the minutes must be a whole number"),
        ({"a.md": b"# A", "b.vtt": b"WEBVTT\n\n00:00.000 --> 00:01.000\nx\n"}, "“b”: there are captions, but no film"),
        ({"a.md": b"# A", "a.txt": b"x"}, "another file of this name"),
        ({"a.md": b"# A", "b.md": b"\xff\xfe"}, "“b”: it is not UTF-8 text"),
        ({"a.md": b"# A", "b.md": b"---\nquiz: 3\n---\n"}, "“quiz” in its first lines is not known"),
        ({"a.md": b"# A", "b.mp4": b"no film at all"}, "“b.mp4”: "),
        ({"a.md": b"# A", "b.md": b"# " + b"x" * 121}, "“b”: its title has more than 120"),
        ({"a.exe": b"MZ"}, "no Markdown file"),
    ],
)
def test_a_folder_with_something_wrong_makes_nothing(cast, browse, app, files, words) -> None:
    project = make_class(cast.instructor, publish=False)
    browser = browse(cast.instructor)
    before, kept = counts(), stored()
    send(browser, folder(files), f"{project.studio_url}/lessons/import")
    coming = run(app)
    assert coming.state is ImportState.FAILED and words in " ".join(coming.report), coming.report
    assert coming.class_id == project.id and counts() == before and stored() == kept
    assert browser.get(f"/studio/imports/{coming.id}").status == 200


def test_a_table_is_shown_before_it_is_made(cast, browse) -> None:
    project = make_class(cast.instructor, lessons=1)
    browser, here = browse(cast.instructor), f"{project.studio_url}/lessons/table"
    good = "\ufeffTitle;Body;minutes;is_preview\r\nOne;\"Two\r\nlines; and \"\"more\"\"\";5;yes\r\n;;;\r\nTwo;Text;;\r\n"
    page = browser.post(here, {"table_file": (io.BytesIO(good.encode()), "lessons.csv")})
    assert page.status == 200 and "What this table makes" in page.text and "Add 2 lessons" in page.text
    assert len(queries.get_class(project.slug).lessons) == 1
    carried = page('input[name="table"]')[0].get("value")
    agreed = {"table": carried, "is_agreed": "y", "seen": page('input[name="seen"]')[0].get("value")}
    assert browser.post(here, agreed).status == 303
    # The button pressed twice makes them once.
    again = browser.post(here, agreed)
    assert again.status == 422 and "changed since you looked" in again.text
    made = queries.get_class(project.slug).lessons[1:]
    assert [(one.title, one.body, one.minutes, one.is_preview) for one in made] == [("One", "Two\nlines; and \"more\"", 5, True), ("Two", "Text", 0, False)]
    # One wrong row, and nothing is made, agreed or not.
    for bad, words in (
        ("title,minutes\nOne,5\nTwo,soon\n", "the minutes must be a whole number"), ("title,minutes\nOne,5\n,5\n", "it has no title"),
        ("title,is_preview\nOne,perhaps\n", "must be yes or no"), ("title\nOne,two\n", "more cells than columns"),
    ):  # fmt: skip
        page = browser.post(here, {"table": bad, "is_agreed": "y"})
        assert page.status == 422 and words in page.text and "1 row is wrong" in page.text, words
    for bad, words in (
        ("name\nOne\n", "one of them must be “title”"), ("title,colour\nOne,red\n", "“colour” is not known"), ("title\n", "only its first row"),
        ('title\n"open\n', "no end"), ("title,title\na,b\n", "Two columns"), ("", "put the table here"), ("title\n" + "x\n" * 101, "At most 100 lessons"),
    ):  # fmt: skip
        page = browser.post(here, {"table": bad})
        assert page.status == 422 and words in page.text, words
    # A running class takes no lesson that says nothing, and then none of them.
    page = browser.post(here, {"table": "title,body\nThree,Text\nFour,\n", "is_agreed": "y"})
    assert page.status == 422 and "“Four”" in page.text
    assert len(queries.get_class(project.slug).lessons) == 3
    page = browser.post(here, {"table_file": (io.BytesIO(b"\xff\xfe"), "x.csv")})
    assert page.status == 422 and "not UTF-8" in page.text


def test_leaving_takes_sent_files_along(cast, browse) -> None:
    from classprojects.web.accounts.leaving import leave

    person, kept = make_person("brief-guest", ["instructor"]), stored()
    send(browse(person), parcel())
    assert stored() - kept
    with transaction():
        leave(person)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ClassImport)) == 0
    assert stored() == kept
