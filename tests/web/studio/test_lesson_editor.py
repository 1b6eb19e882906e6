"""The lesson editor by plain forms: captions line by line, chapters, files to download, audio description, trailer."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from classprojects.classes import actions, queries
from classprojects.classes.actions import LessonDraft, duplicating
from classprojects.classes.actions.lessons import edit_captions
from classprojects.classes.actions.resources import MOST, add_resource
from classprojects.classes.models import ClassProject
from classprojects.classes.queries.outline import list_deleted_items
from classprojects.classes.queries.resources import list_resources
from classprojects.core.database import transaction
from classprojects.media import jobs, uploading
from classprojects.media.captions import MOST_CUES, read_captions
from classprojects.media.models import MediaKind, MediaPurpose
from classprojects.web.studio.caption_forms import PAGE_OF_CUES
from tests.classes.test_outline import stored
from tests.factories.classes import CAPTIONS, make_class, make_learner
from tests.factories.media import sound_file
from tests.media.test_uploads import arrive

# Many long forms: left to the whole run.
pytestmark = pytest.mark.slow

FORM, EDITOR = "main form.form", ".captions-editor__form"


@pytest.fixture
def project(cast: Any) -> ClassProject:
    """A class whose second lesson has a film of a minute, and captions."""
    project = make_class(cast.instructor, lessons=2)
    film = stored(cast.instructor, MediaKind.VIDEO, MediaPurpose.LESSON, 60_000)
    with transaction():
        lesson = queries.get_lesson(project.slug, 2)
        draft = LessonDraft(title=lesson.title, body=lesson.body, file=film, captions=CAPTIONS)
        actions.edit_lesson(lesson.project, lesson, draft, lesson.version, cast.instructor)
    return queries.get_class(project.slug)


def rows(page: Any) -> list[tuple[str, str, str]]:
    """The lines that the editor shows."""
    return [
        (row.cssselect("[name=start]")[0].get("value"), row.cssselect("[name=end]")[0].get("value"), (row.cssselect("textarea")[0].text or "").strip())
        for row in page(".cue-row")
    ]


def form_of(page: Any, **changes: Any) -> dict[str, Any]:
    """What the editor would send, with changes; columns as lists."""
    lines = rows(page)
    fields = page.form(EDITOR)
    columns = {name: [line[place] for line in lines] for place, name in enumerate(("start", "end", "words"))}
    return {**fields, **columns, **changes}


def test_captions_line_by_line(cast: Any, browse: Any, client: Any, project: ClassProject) -> None:
    teacher, address = browse(cast.instructor), f"{project.studio_url}/lessons/2/captions"
    page = teacher.get(address)
    assert rows(page) == [("0:00", "0:02", "Hear the room first."), ("0:02", "0:04", "Then speak.")]
    assert len(page.queries) <= 14

    # Each button brings the page back; nothing is saved by it.
    page = teacher.post(address, form_of(page, do="split-1"))
    assert page.status == 200 and [line[2] for line in rows(page)] == ["Hear the", "room first.", "Then speak."]
    page = teacher.post(address, form_of(page, do="join-2"))
    assert rows(page)[1][2].split("\n") == ["room first.", "Then speak."]
    page = teacher.post(address, form_of(page, do="add-1"))
    assert rows(page)[1][2] == "" and rows(page)[1][0] == rows(page)[0][1]
    page = teacher.post(address, form_of(page, do="remove-1"))
    assert len(rows(page)) == 2
    assert queries.get_lesson(project.slug, 2).version == project.lessons[1].version

    filled = form_of(page, do="save", captions_language="de")
    filled["words"] = ["<v Ana>Erst & <b>dann</b> <script>x</script>", "…"]
    filled["start"], filled["end"] = ["0:01.5", "12,5"], ["4", "1:02:03"]
    saved = teacher.post(address, filled)
    assert saved.status == 303
    lesson = queries.get_lesson(project.slug, 2)
    assert lesson.captions_language == "de" and "<script" not in lesson.captions
    assert [(cue.start, cue.end) for cue in read_captions(lesson.captions)] == [(1500, 4000), (12_500, 3_723_000)]
    assert rows(teacher.follow(saved))[0] == ("0:01.5", "0:04", "<v Ana>Erst & <b>dann</b> x")

    # All of them earlier, and too early.
    page = teacher.get(address)
    assert teacher.post(address, form_of(page, do="shift", shift_by="-1,5")).status == 303
    assert read_captions(queries.get_lesson(project.slug, 2).captions)[0].start == 0
    page = teacher.get(address)
    refused = teacher.post(address, form_of(page, do="shift", shift_by="-99999"))
    assert refused.status == 422 and "over before the recording begins" in refused.text
    for odd in ("", "soon", "0", "9" * 40, "\x00"):
        assert teacher.post(address, form_of(page, do="shift", shift_by=odd)).status == 422


def test_captions_that_are_wrong_are_marked_and_nothing_is_lost(cast: Any, browse: Any, project: ClassProject) -> None:
    teacher, address = browse(cast.instructor), f"{project.studio_url}/lessons/2/captions"
    page = teacher.get(address)
    wrong = teacher.post(address, form_of(page, do="save", start=["5", "soon"], end=["1", "9"], words=["Back\x00wards", "When"]))
    assert wrong.status == 422
    assert [line[2] for line in rows(wrong)] == ["Backwards", "When"] and [line[0] for line in rows(wrong)] == ["5", "soon"]
    assert "ends before it begins" in wrong("#cue-1-error")[0].text_content() and "12.5 or 1:07" in wrong("#cue-2-error")[0].text_content()
    assert queries.get_lesson(project.slug, 2).captions == project.lessons[1].captions
    for act in ("split-9", "join-2", "split-x", "split-1"):
        assert teacher.post(address, form_of(page, do=act, words=["one", "word"])).status == 422, act
    for odd in ({"from": "-1"}, {"from": "9" * 50, "covers": "x"}, {"do": "explode"}, {"version": "x"}, {"captions_language": "smell"}):
        assert teacher.post(address, form_of(page, **odd)).status in (303, 422), odd
    # A lesson to read has nothing to caption.
    assert "nothing to write captions for" in teacher.get(f"{project.studio_url}/lessons/1/captions").text
    assert teacher.post(f"{project.studio_url}/lessons/1/captions", {"version": "1", "captions_language": "en"}).status == 422


def test_long_captions_come_in_pages_and_stay_whole(cast: Any, browse: Any, project: ClassProject) -> None:
    teacher, address = browse(cast.instructor), f"{project.studio_url}/lessons/2/captions"
    many = "WEBVTT\n\n" + "\n\n".join(f"00:{n // 60:02}:{n % 60:02}.000 --> 00:{n // 60:02}:{n % 60:02}.900\nLine {n}" for n in range(250))
    page = teacher.get(address)
    sent = {"version": page.form("form[action$=file]")["version"], "captions_file": (io.BytesIO(many.encode()), "a.vtt")}
    assert teacher.post(f"{address}/file", sent).status == 303
    page = teacher.get(f"{address}?from=100")
    assert len(rows(page)) == PAGE_OF_CUES and rows(page)[0][2] == "Line 100"
    changed = form_of(page, do="save")
    changed["words"][0] = "Another line"
    assert teacher.follow(teacher.post(address, changed)).status == 200
    said = [cue.text for cue in read_captions(queries.get_lesson(project.slug, 2).captions)]
    assert len(said) == 250 and said[100] == "Another line" and said[99] == "Line 99" and said[200] == "Line 200"
    assert len(rows(teacher.get(f"{address}?from=99999"))) == 50 and len(rows(teacher.get(f"{address}?from=x"))) == PAGE_OF_CUES
    for bad in (b"", b"<html>", b"\xff\xfe\x00", b"WEBVTT\n\n00:05.000 --> 00:01.000\nback"):
        sent = {"version": teacher.get(address).form("form[action$=file]")["version"], "captions_file": (io.BytesIO(bad), "a.vtt")}
        assert teacher.post(f"{address}/file", sent).status == 422


def test_the_later_of_two_editors_is_told(cast: Any, browse: Any, project: ClassProject) -> None:
    """Captions, chapters and files: whoever saves later is told, and what they wrote is still there."""
    one, two = browse(cast.instructor), browse(cast.staff)
    captions, lesson, files = (f"{project.studio_url}/lessons/2{part}" for part in ("/captions", "", "/resources"))
    mine, edited = one.get(captions), one.get(lesson)
    theirs = two.get(lesson).form(FORM)
    theirs["chapters"] = ["0:01", "Their chapter", "", ""]
    assert two.post(lesson, theirs).status == 303
    page = one.post(captions, form_of(mine, do="save", words=["My words.", "Mine."]))
    assert page.status == 422 and "Somebody else saved this" in page.text and rows(page)[0][2] == "My words."
    assert one.post(captions, form_of(page, do="save")).status == 303
    page = one.post(lesson, {**edited.form(FORM), "chapters": ["0:02", "My chapter"]})
    assert page.status == 422 and "Their chapter" in page(".their-version")[0].text_content()
    assert page("[name=chapters]")[1].get("value") == "My chapter"
    assert one.post(files + "/list", {"version": "1", "do": "save"}).status == 422


@pytest.mark.parametrize(
    ("chapters", "words"),
    [
        (["0:30", "Late", "0:10", "Early"], "order of time"),
        (["5:00", "After"], "over at 1:00"),
        (["soon", "When"], "is no moment"),
        (["0:10", ""], "no title"),
        (["\x00", "NUL"], "is no moment"),
        (["0:10", "x" * 5000], "more than 120"),
        (["9" * 60, "Huge"], "is no moment"),
        ([part for n in range(101) for part in (f"0:{n * 0.5}", "x")], "At most 100"),
        (["0:01", "A", "0:01", "B"], "order of time"),
    ],
)
def test_bad_chapters_are_told_and_kept(cast: Any, browse: Any, project: ClassProject, chapters: list[str], words: str) -> None:
    teacher, address = browse(cast.instructor), f"{project.studio_url}/lessons/2"
    page = teacher.post(address, {**teacher.get(address).form(FORM), "chapters": chapters, "title": "Typed just now"})
    assert page.status == 422 and words in page.text
    assert page("#title")[0].get("value") == "Typed just now"
    assert page("[name=chapters]")[1].get("value") == " ".join(chapters[1].split())
    assert queries.get_lesson(project.slug, 2).chapters == []


def test_chapters_and_a_transcript_of_one_button(cast: Any, browse: Any, project: ClassProject) -> None:
    teacher, address = browse(cast.instructor), f"{project.studio_url}/lessons/2"
    form = teacher.get(address).form(FORM)
    page = teacher.post(address, {**form, "chapters": ["0", "Begin", "0:12.5", "Сrednie 🎈", "", ""], "make_transcript": "1"})
    assert page.status == 200 and page("textarea[name=transcript]")[0].text.strip() == "Hear the room first. Then speak."
    assert queries.get_lesson(project.slug, 2).transcript == ""
    assert len(page(".chapter-rows__one")) == 5
    form = page.form(FORM)
    form["chapters"] = [one.get("value") or "" for one in page("[name=chapters]")]
    assert teacher.post(address, form).status == 303
    lesson = queries.get_lesson(project.slug, 2)
    assert lesson.chapters == [{"at": 0.0, "title": "Begin"}, {"at": 12.5, "title": "Сrednie 🎈"}]
    assert lesson.transcript.startswith("Hear the room")
    # Chapters and captions need something to play.
    page = teacher.post(address, {**teacher.get(address).form(FORM), "chapters": ["0", "Begin"], "without_file": "y"})
    assert page.status == 422 and "mark a sound or film" in page.text
    page = teacher.post(address, {**form, "captions": "", "make_transcript": "1"})
    assert "no captions yet" in page.text


def test_files_to_download_go_to_whoever_sees_the_lesson(cast: Any, browse: Any, client: Any, project: ClassProject) -> None:
    """P2, P4: a file beside a lesson is refused wherever the lesson is, and it never opens in the browser."""
    teacher, address = browse(cast.instructor), f"{project.studio_url}/lessons/2/resources"
    page = teacher.get(address)
    assert "Nothing to download" in page.text
    sent = {**page.form("form[enctype]"), "resource_title": "A sheet", "file": (io.BytesIO(b"<script>alert(1)</script>"), "sheet.html")}
    assert teacher.post(address, sent).status == 303
    sent = {**page.form("form[enctype]"), "resource_title": "", "file": (io.BytesIO(b"%PDF-1.4\n"), "../../score.pdf")}
    assert teacher.post(address, sent).status == 303
    first, second = list_resources(queries.get_lesson(project.slug, 2))
    assert (first.title, first.file.original_name, second.file.original_name) == ("A sheet", "sheet.html.txt", "score.pdf")
    public_id, score, first_id, second_id = first.file.public_id, second.file, first.id, second.id

    learner = browse(make_learner(project))
    shown = learner.get(f"{project.url}/lessons/2")
    assert "A sheet" in shown.text and len(shown.queries) <= 14
    url = shown(".resource-list__one")[0].get("href")
    got = learner.get(url)
    assert got.status == 200 and got.headers["Content-Disposition"] == 'attachment; filename="sheet.html.txt"'
    assert got.response.mimetype == "text/plain" and got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"] == "private, no-cache" and "sandbox" in got.headers["Content-Security-Policy"]
    got.response.close()
    assert client.get(url).status == 403 and browse(cast.lapsed).get(url).status == 403 and browse(cast.subscriber).get(url).status == 403
    # Another lesson's address does not lead to it, nor does the file's own.
    assert learner.get(url.replace("/lessons/2/", "/lessons/1/")).status == 404
    assert learner.get(f"/media/{public_id}/original").status == 404

    lists, version = f"{address}/list", queries.get_lesson(project.slug, 2).version
    assert teacher.post(lists, {"version": version, "do": f"up-{second_id}", f"title-{second_id}": "The score"}).status == 303
    assert [one.title for one in list_resources(queries.get_lesson(project.slug, 2))] == ["The score", "A sheet"]
    assert teacher.post(lists, {"version": version, "do": f"remove-{first_id}"}).status == 422
    assert teacher.post(lists, {"version": version + 1, "do": "remove-999999"}).status == 404
    assert teacher.post(lists, {"version": version + 1, "do": f"remove-{first_id}"}).status == 303
    assert learner.get(url).status == 404
    for bad in ((b"", "empty.txt"), (b"PK\x03\x04", "cut.zip"), (b"MZ\x00\x00", "notes.txt")):
        page = teacher.post(address, {"resource_title": "x", "file": (io.BytesIO(bad[0]), bad[1])})
        assert page.status == 422 and page("#file-error"), bad
    assert "Choose a file first" in teacher.post(address, {"resource_title": "x"}).text
    with transaction():
        lesson = queries.get_lesson(project.slug, 2)
        for _number in range(MOST - 1):
            add_resource(lesson.project, lesson, score, "", cast.instructor)
    page = teacher.post(address, {"resource_title": "x", "file": (io.BytesIO(b"one more"), "more.txt")})
    assert page.status == 422 and "At most 20" in page.text


def test_what_was_sent_in_pieces_is_used_for_what_it_was_asked_for(cast: Any, browse: Any, project: ClassProject, tmp_path: Path) -> None:
    """A film, a description and a file that came by resumable upload show themselves to the learner, and only once used."""
    teacher, learner = browse(cast.instructor), browse(make_learner(project))

    def send(kind: MediaKind, data: bytes) -> str:
        with transaction():
            upload = uploading.begin_upload(cast.instructor, kind, "sent.wav", len(data))
        arrive(upload, data)
        jobs.finish_upload(upload.id)
        from classprojects.media.queries import find_unused_file_of, get_upload

        file = find_unused_file_of(get_upload(upload.public_id))
        assert file is not None
        return file.public_id

    sound = sound_file(tmp_path / "a.wav", 1.0).read_bytes()
    lesson, files = f"{project.studio_url}/lessons/2", f"{project.studio_url}/lessons/2/resources"
    description, sheet = send(MediaKind.AUDIO, sound), send(MediaKind.DOCUMENT, b"Notes")
    from classprojects.media.queries import get_file_by_public_id

    jobs.process_file(get_file_by_public_id(description).id)
    assert learner.get(f"/media/{description}/opus").status == 404
    form = teacher.get(lesson).form(FORM)
    # Wrong elsewhere: what was sent is not lost; of a wrong kind: told.
    page = teacher.post(lesson, {**form, "title": "", "description_file_upload": description})
    assert page.status == 422 and page("[name=description_file_upload]")[0].get("value") == description
    assert teacher.post(lesson, {**form, "upload": sheet}).status == 422
    assert teacher.post(lesson, {**form, "description_file_upload": description}).status == 303
    assert teacher.post(files, {"upload": sheet, "resource_title": ""}).status == 303
    saved = queries.get_lesson(project.slug, 2)
    assert saved.description is not None and saved.description.purpose is MediaPurpose.DESCRIPTION
    assert list_resources(saved)[0].file.purpose is MediaPurpose.RESOURCE
    heard = learner.get(f"/media/{description}/opus")
    assert heard.status == 200 and "immutable" not in heard.headers["Cache-Control"]
    heard.response.close()
    assert browse(cast.subscriber).get(f"/media/{description}/opus").status == 404
    # Used once; taken away, nobody hears it any more.
    form = teacher.get(lesson).form(FORM)
    assert teacher.post(lesson, {**form, "description_file_upload": description}).status == 422
    assert teacher.post(lesson, {**form, "without_description": "y"}).status == 303
    assert learner.get(f"/media/{description}/opus").status == 404


def test_a_trailer_is_for_everybody_who_sees_the_class(cast: Any, browse: Any, client: Any, tmp_path: Path) -> None:
    """P4: the trailer of a draft is its instructors' alone, of a published class everybody's."""
    draft = make_class(cast.instructor, publish=False)
    teacher, address = browse(cast.instructor), f"{draft.studio_url}/details"
    sound = sound_file(tmp_path / "a.wav", 1.0).read_bytes()
    form = teacher.get(address).form(FORM)
    page = teacher.post(address, {**form, "title": "", "trailer_file": (io.BytesIO(sound), "trailer.wav"), "trailer_captions": CAPTIONS})
    assert page.status == 422 and "trailer.wav" in page.text
    assert teacher.post(address, {**page.form(FORM), "title": draft.title, "trailer_captions": "soon --> later\nx"}).status == 422
    assert teacher.post(address, {**page.form(FORM), "title": draft.title, "trailer_captions": CAPTIONS}).status == 303
    file = queries.get_class(draft.slug).trailer
    assert file is not None and file.purpose is MediaPurpose.TRAILER
    assert teacher.get(draft.url)("#trailer") == []  # not prepared yet
    jobs.process_file(file.id)
    media, captions = f"/media/{file.public_id}/opus", f"{draft.url}/trailer.vtt"
    for who, status in ((client, 404), (browse(cast.subscriber), 404), (teacher, 200)):
        for where in (media, captions):
            page = who.get(where)
            assert page.status == status, where
            page.response.close()
    with transaction():
        actions.publish_class(queries.get_class(draft.slug))
    page = client.get(draft.url)
    assert page("#trailer") and page("track")[0].get("src").startswith(captions)
    for where in (media, captions):
        played = client.get(where)
        assert played.status == 200
        played.response.close()
    wrong = teacher.post(address, {**teacher.get(address).form(FORM), "trailer_file": (io.BytesIO(b"<html>"), "trailer.mp4")})
    assert wrong.status == 422 and wrong("#trailer_file-error")
    assert teacher.post(address, {**teacher.get(address).form(FORM), "without_trailer": "y"}).status == 303
    assert client.get(media).status == 404 and not client.get(draft.url)("#trailer")


def test_the_preview_is_what_is_saved(cast: Any, browse: Any, client: Any) -> None:
    teacher = browse(cast.instructor)
    said = teacher.post("/studio/preview", {"body": "## Hear\n\n*one* <script>x</script>\x00"})
    assert said.json["html"].startswith("<h") and "<em>one</em>" in said.json["html"] and "<script>" not in said.json["html"]
    assert teacher.post("/studio/preview", {}).json == {"html": ""}
    assert teacher.post("/studio/preview", {"body": "x" * 60_001}).status == 422
    assert client.post("/studio/preview", {"body": "x"}).status == 303 and browse(cast.free).post("/studio/preview", {"body": "x"}).status == 403


def test_the_outline_by_plain_buttons(cast: Any, browse: Any, project: ClassProject) -> None:
    teacher, address = browse(cast.instructor), project.studio_url
    page = teacher.follow(teacher.post(f"{address}/order", {"item": "lesson-2", "direction": "up"}))
    assert "is now at place 2 of 3" in page(".flashes")[0].text_content()
    seen = ["lesson-1", "assignment-1", "lesson-2"]
    page = teacher.post(f"{address}/order", {"order": seen[::-1], "seen": seen, "item": "lesson-1"})
    assert page.status == 422 and "nothing was moved" in page.text
    copied = teacher.post(f"{address}/copies", {"item": "lesson-2"})
    assert copied.status == 303 and copied.location.endswith("#lesson-3")
    assert "(copy)" in teacher.follow(copied)("#lesson-3")[0].text_content()
    for odd in ("lesson-9", "", "x\x00", "assignment-2"):
        assert teacher.post(f"{address}/copies", {"item": odd}).status == 422
    # Taken out: the way back stays on the page, after other edits too.
    assert teacher.post(f"{address}/lessons/3/delete").status == 303
    with transaction():
        fresh = queries.get_class(project.slug)
        duplicating.duplicate_item(fresh, fresh.assignments[0], cast.instructor)
    page = teacher.get(address)
    assert "(copy)" in page(".taken-out")[0].text_content() and len(page.queries) <= 14
    assert teacher.post(f"{address}/restoration", page.form(".taken-out form")).status == 303
    assert list_deleted_items(queries.get_class(project.slug)) == []
    learner = browse(make_learner(project))
    for where in ("/copies", "/order", "/lessons/2/captions", "/lessons/2/captions/file", "/lessons/2/resources", "/lessons/2/resources/list"):
        assert learner.post(address + where, {"item": "lesson-1"}).status == 403
        assert browse(cast.other_instructor).post(address + where, {"item": "lesson-1"}).status == 403


def _captions_of(lines: list[str]) -> str:
    return "WEBVTT\n\n" + "\n\n".join(f"00:{int(n.split()[1]) // 60:02}:{int(n.split()[1]) % 60:02}.{700 if 'late' in n else 0:03} --> 01:00:00.000\n{n}" for n in lines)


def _add_after(lines: list[str], place: int) -> list[str]:
    return [*lines[: place + 1], f"Line {place} late", *lines[place + 1 :]]


@pytest.mark.parametrize("place", [20, 150, 220])
def test_the_later_of_two_who_write_captions_saves_on_their_own_lines(cast: Any, browse: Any, project: ClassProject, place: int) -> None:
    """Somebody else added a line before, inside or after the page that one was writing on: a second save drops and doubles none."""
    one, address = browse(cast.instructor), f"{project.studio_url}/lessons/2/captions"
    lines = [f"Line {n}" for n in range(250)]

    def save(said: list[str]) -> None:
        with transaction():
            lesson = queries.get_lesson(project.slug, 2)
            edit_captions(lesson.project, lesson, _captions_of(said), "en", lesson.version, cast.staff)

    def saved() -> list[str]:
        return [cue.text for cue in read_captions(queries.get_lesson(project.slug, 2).captions)]

    save(lines)
    mine = form_of(one.get(f"{address}?from=100"), do="save")
    mine["words"][5] = "Mine"
    save(_add_after(lines, place))
    page = one.post(address, mine)
    assert page.status == 422 and "Somebody else saved this" in page.text and rows(page)[5][2] == "Mine"
    assert f"Line {place} late" in page(".their-version")[0].text_content()
    assert one.post(address, form_of(page, do="save")).status == 303
    meant = ["Mine" if line == "Line 105" else line for line in _add_after(lines, place)]
    # What they wrote among one's own lines was shown, to be taken over or not.
    assert saved() == [line for line in meant if place != 150 or "late" not in line]


def test_captions_that_changed_on_an_edge_of_the_page_are_shown_beside_ones_own(cast: Any, browse: Any, project: ClassProject) -> None:
    one, address = browse(cast.instructor), f"{project.studio_url}/lessons/2/captions"
    lines = [f"Line {n}" for n in range(250)]
    theirs = _add_after(_add_after(lines, 150), 20)
    for said in (lines, theirs):
        with transaction():
            lesson = queries.get_lesson(project.slug, 2)
            edit_captions(lesson.project, lesson, _captions_of(said), "en", lesson.version, cast.staff)
        if said is lines:
            mine = form_of(one.get(f"{address}?from=100"), do="save")
            mine["words"][5] = "Mine"
    page = one.post(address, mine)
    assert page.status == 422 and "The form shows what they saved" in page.text
    assert "Mine" in page("[aria-labelledby=typed]")[0].text_content() and [line[2] for line in rows(page)] == theirs[100:200]
    assert one.post(address, form_of(page, do="save")).status == 303
    assert [cue.text for cue in read_captions(queries.get_lesson(project.slug, 2).captions)] == theirs


def test_first_captions_sent_twice_are_there_once(cast: Any, browse: Any, project: ClassProject) -> None:
    one, address = browse(cast.instructor), f"{project.studio_url}/lessons/2/captions"
    with transaction():
        lesson = queries.get_lesson(project.slug, 2)
        edit_captions(lesson.project, lesson, "", "en", lesson.version, cast.staff)
    first = form_of(one.get(address), do="save", start=["1", "3"], end=["2", "4"], words=["One", "Two"])
    assert one.post(address, first).status == 303
    again = one.post(address, first)
    assert again.status == 422 and one.post(address, form_of(again, do="save")).status == 303
    assert [cue.text for cue in read_captions(queries.get_lesson(project.slug, 2).captions)] == ["One", "Two"]


@pytest.mark.slow
def test_no_line_of_a_long_form_is_cut_off(cast: Any, browse: Any, project: ClassProject) -> None:
    one, address = browse(cast.instructor), f"{project.studio_url}/lessons/2/captions"

    def sent(many: int) -> Any:
        columns = {"start": [str(n) for n in range(many)], "end": [str(n + 1) for n in range(many)], "words": [f"Line {n}" for n in range(many)]}
        return one.post(address, form_of(one.get(address), do="save", **columns))

    assert sent(400).status == 303
    assert len(read_captions(queries.get_lesson(project.slug, 2).captions)) == 400
    refused = sent(MOST_CUES + 1)
    assert refused.status == 422 and "at most 5000 parts" in refused.text
