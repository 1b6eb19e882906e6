"""Using a work: everything that one may do with it, the tools, what they refuse, and where a cut goes from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from classprojects.accounts.models import Person
from classprojects.core.database import db, transaction
from classprojects.media import recipes
from classprojects.media.cutting import get_cut
from classprojects.media.models import MediaFile, MediaKind, MediaState
from classprojects.media.recipes import Crop, Layer, Mix, Part, Sound, Still, Trim
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions, queries
from classprojects.works.actions import PictureDraft
from classprojects.works.models import EdgeKind, Medium, Work
from tests.client import Page, PageClient
from tests.factories.classes import join, make_class
from tests.factories.people import Cast, make_person
from tests.factories.works import make_file, make_space, make_work

Browse = Callable[..., PageClient]


def make_medium(maker: Person, medium: Medium, *, file: dict[str, Any] | None = None, **values: Any) -> Work:
    """A work of this medium, with a file that is ready."""
    facts = {"has_audio": medium is not Medium.IMAGE, **(file or {})}
    return make_work(maker, medium=medium, file_id=make_file(maker, MediaKind(medium.value), **facts).id, **values)


def part_of(work: Work) -> Part:
    version = queries.get_work(work.id).current_version
    assert version.file_id is not None
    return Part(work.id, version.id, version.file_id)


def cut_at(page: Page) -> MediaFile:
    """The cut that a form led to."""
    assert page.status == 303, page.text
    assert page.location is not None
    assert page.location.startswith("/works/cuts/")
    return get_cut(page.location.rsplit("/", 1)[1])


def recipe_at(page: Page) -> recipes.Recipe:
    return recipes.from_json(cut_at(page).recipe or {})


def errors(page: Page) -> str:
    """What the page says is wrong."""
    assert page.status == 422
    return " ".join(page("error-summary")[0].text_content().split())


WAYS = {
    Medium.TEXT: {"remix?quote=1", "download"},
    Medium.IMAGE: {"remix", "use/crop", "use/layer", "download"},
    Medium.AUDIO: {"remix", "use/trim", "use/mix", "download"},
    Medium.VIDEO: {"remix", "use/trim", "use/mix", "use/still", "use/sound", "download"},
}


@pytest.mark.parametrize("medium", list(Medium))
def test_ways_to_use_a_work(cast: Cast, browse: Browse, medium: Medium) -> None:
    """What fits its medium, and every way leads somewhere."""
    work = make_work(cast.maker) if medium is Medium.TEXT else make_medium(cast.maker, medium)
    client = browse(cast.free)
    assert client.get(work.url)(f"a[href='/works/{work.id}/use']")
    page = client.get(f"/works/{work.id}/use")
    assert page.status == 200
    ways = {one.get("href").removeprefix(f"/works/{work.id}/") for one in page("a.use-ways__way")}
    assert ways == WAYS[medium]
    assert len(page.queries) <= 14
    assert "“" in page(".credit-line__text")[0].text_content()
    for way in ways - {"download"}:
        there = client.get(f"/works/{work.id}/{way}")
        assert there.status == 200, way
        assert len(there.queries) <= 14, way


def test_a_silent_film_has_no_sound_to_take(cast: Cast, browse: Browse) -> None:
    """The ways that would lead to nothing are not shown."""
    work = make_medium(cast.maker, Medium.VIDEO, file={"has_audio": False})
    ways = {one.get("href").rsplit("/", 1)[1] for one in browse(cast.free).get(f"/works/{work.id}/use")("a.use-ways__way")}
    assert ways == {"remix", "trim", "still", "download"}


def test_while_it_is_prepared(cast: Cast, browse: Browse) -> None:
    """No tool yet, and said why; by its address a tool says so too and makes nothing."""
    work = make_medium(cast.maker, Medium.AUDIO, file={"ready": False})
    client = browse(cast.free)
    page = client.get(f"/works/{work.id}/use")
    assert "still being prepared" in page.text
    assert not page("a[href$='/use/trim']")
    assert client.get(f"/works/{work.id}/use/trim").status == 200
    assert "still being prepared" in errors(client.post(f"/works/{work.id}/use/trim", {"start": "0", "end": "5"}))


def test_visitors_sign_in_first(client: PageClient, cast: Cast) -> None:
    """And come back."""
    work = make_medium(cast.maker, Medium.AUDIO)
    for way in ("use", "use/trim"):
        page = client.get(f"/works/{work.id}/{way}")
        assert page.status == 303
        assert page.location is not None
        assert page.location.startswith("/login")
    assert client.post(f"/works/{work.id}/use/trim", {"start": "0", "end": "1"}).status == 303


@pytest.mark.parametrize(
    ("medium", "tool", "fields", "wanted"),
    [
        (Medium.AUDIO, "trim", {"start": "1", "end": "0:02.5"}, lambda p: Trim(p, 1000, 2500)),
        (Medium.AUDIO, "trim", {"start": "0,25", "end": "12.3"}, lambda p: Trim(p, 250, 12_000)),
        (Medium.VIDEO, "trim", {"start": "0:00:01", "end": "3"}, lambda p: Trim(p, 1000, 3000)),
        (Medium.VIDEO, "sound", {"start": "0", "end": "20"}, lambda p: Sound(p, 0, 20_000)),
        (Medium.VIDEO, "still", {"at": "7.04"}, lambda p: Still(p, 7040)),
        (
            Medium.IMAGE, "crop", {"x": "10", "y": "20", "width": "300", "height": "200", "turn": "90"},
            lambda p: Crop(p, 10, 20, 300, 200, 90),
        ),
    ],
    ids=lambda one: "wanted" if callable(one) else str(one)[:40],
)  # fmt: skip
def test_a_tool_makes_a_cut(
    cast: Cast, browse: Browse, medium: Medium, tool: str, fields: dict[str, str], wanted: Callable[[Part], Any]
) -> None:
    """The form becomes a recipe, the worker is called, and the page of the cut says what comes next."""
    work = make_medium(cast.maker, medium, title="Low tide")
    client = browse(cast.free)
    page = client.post(f"/works/{work.id}/use/{tool}", fields)
    file = cut_at(page)
    assert recipe_at(page) == wanted(part_of(work))
    assert file.owner_id == cast.free.id
    assert file.original_name.startswith("Low tide (")
    assert any(file.id in job[1] for job in client.app.config["RECORDED_JOBS"])
    there = client.follow(page)
    assert "is being made" in there.text
    assert there("live-status#cut")
    assert len(there.queries) <= 14


@pytest.mark.parametrize(
    ("medium", "tool", "fields", "words"),
    [
        (Medium.AUDIO, "trim", {}, "Write the moment"),
        (Medium.AUDIO, "trim", {"start": "abc", "end": "1"}, "Write the moment"),
        (Medium.AUDIO, "trim", {"start": "-1", "end": "1"}, "Write the moment"),
        (Medium.AUDIO, "trim", {"start": "NaN", "end": "inf"}, "Write the moment"),
        (Medium.AUDIO, "trim", {"start": "٣", "end": "²"}, "Write the moment"),
        (Medium.AUDIO, "trim", {"start": "0\x00", "end": "9" * 5000}, "Write the moment"),
        (Medium.AUDIO, "trim", {"start": "999999", "end": "999999"}, "outside of it: it is 0:12 long"),
        (Medium.AUDIO, "trim", {"start": "5", "end": "12.6"}, "outside"),
        (Medium.AUDIO, "trim", {"start": "5", "end": "5"}, "after the beginning"),
        (Medium.AUDIO, "trim", {"start": "6", "end": "5"}, "after the beginning"),
        (Medium.AUDIO, "trim", {"start": "5", "end": "5.05"}, "too short"),
        (Medium.AUDIO, "trim", {"start": "0", "end": "12"}, "all of it"),
        (Medium.VIDEO, "still", {"at": "21"}, "outside"),
        (Medium.VIDEO, "still", {"at": ""}, "Write the moment"),
        (Medium.IMAGE, "crop", {"x": "0", "y": "0", "width": "1e3", "height": "10", "turn": "0"}, "Write a number"),
        (Medium.IMAGE, "crop", {"x": "0", "y": "0", "width": "1201", "height": "100", "turn": "0"}, "outside of the picture"),
        (Medium.IMAGE, "crop", {"x": "-5", "y": "0", "width": "100", "height": "100", "turn": "0"}, "outside of the picture"),
        (Medium.IMAGE, "crop", {"x": "0", "y": "0", "width": "0", "height": "100", "turn": "0"}, "too small"),
        (Medium.IMAGE, "crop", {"x": "0", "y": "0", "width": "100", "height": "100", "turn": "45"}, "Turn it"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_what_a_tool_refuses(
    cast: Cast, browse: Browse, medium: Medium, tool: str, fields: dict[str, str], words: str
) -> None:
    """In words, with what was typed still there, and nothing is made."""
    work = make_medium(cast.maker, medium)
    page = browse(cast.free).post(f"/works/{work.id}/use/{tool}", fields)
    assert words in errors(page)
    assert page(".has-error, error-summary")
    for name, typed in fields.items():
        if typed.isascii() and "\x00" not in typed and len(typed) < 20 and name != "turn":
            assert page.form()[name] == typed
    assert db.session.query(MediaFile).filter(MediaFile.recipe.is_not(None)).count() == 0


@pytest.mark.parametrize(("medium", "tool"), [(Medium.TEXT, "trim"), (Medium.AUDIO, "still"), (Medium.IMAGE, "mix"), (Medium.VIDEO, "crop")])
def test_another_medium(cast: Cast, browse: Browse, medium: Medium, tool: str) -> None:
    """A tool that does not go with it says so."""
    work = make_work(cast.maker) if medium is Medium.TEXT else make_medium(cast.maker, medium)
    client = browse(cast.free)
    assert client.get(f"/works/{work.id}/use/{tool}").status == 422
    assert client.post(f"/works/{work.id}/use/{tool}", {"start": "0", "end": "1"}).status == 422
    assert client.get(f"/works/{work.id}/use/melt").status == 404


def test_a_tool_begins_as_the_address_says(cast: Cast, browse: Browse) -> None:
    """To change a cut: its page leads back to the form as it was."""
    work = make_medium(cast.maker, Medium.AUDIO)
    client = browse(cast.free)
    made = client.follow(client.post(f"/works/{work.id}/use/trim", {"start": "1.5", "end": "3"}))
    back = made("#cut a[href*='/use/trim']")[0].get("href")
    form = client.get(back).form()
    assert (form["start"], form["end"]) == ("0:01.5", "0:03")
    assert client.get(f"/works/{work.id}/use/trim?start=%00&end=zz&csrf_token=x").status == 200


def test_a_picture_of_a_series(cast: Cast, browse: Browse) -> None:
    """Each can be cropped."""
    first, second = make_file(cast.maker), make_file(cast.maker, width=500, height=400)
    work = make_work(
        cast.maker, medium=Medium.IMAGE, file_id=first.id, pictures=[PictureDraft(second.id, "The other side")]
    )
    client = browse(cast.free)
    page = client.get(f"/works/{work.id}/use")
    assert "The other side" in page.text
    way = page("a[href$='picture=2']")[0].get("href")
    assert "500 pixels wide" in client.get(way).text
    action = client.get(way)("main form")[0].get("action")
    recipe = recipe_at(client.post(action, {"x": "0", "y": "0", "width": "100", "height": "100", "turn": "0"}))
    assert isinstance(recipe, Crop)
    assert recipe.source.file == second.id
    assert client.get(f"/works/{work.id}/use/crop?picture=3").status == 422


def track(number: int, work: Work, /, **values: str) -> dict[str, str]:
    """One sound's fields of the mix."""
    plain = {"start": "0", "end": "5", "offset": "0", "gain": "0", "fade_in": "0", "fade_out": "0"}
    return {f"{name}_{number}": value for name, value in {"work": str(work.id), **plain, **values}.items()}


def test_a_mix_of_two(cast: Cast, browse: Browse) -> None:
    """Step by step as without JavaScript: find, add, set, take out, make."""
    own = make_medium(cast.free, Medium.AUDIO, title="My hum")
    other = make_medium(cast.maker, Medium.AUDIO, title="Rain on a tent")
    film = make_medium(cast.staff, Medium.VIDEO, title="Rain on a window")
    make_medium(cast.maker, Medium.VIDEO, title="Rain, silent", file={"has_audio": False})
    make_medium(cast.maker, Medium.IMAGE, title="Rain, still")
    client = browse(cast.free)
    page = client.get(f"/works/{own.id}/use/mix")
    assert [one.text_content().strip() for one in page(".sound-track__title a")] == ["My hum"]
    assert page("button[value=make]")[0].get("disabled") is not None
    assert "My hum" in page(".finder__found")[0].text_content()  # one's own are offered
    fields = page.form() | {"gain_1": "-4.5", "find": "rain", "act": "enter"}
    page = client.follow(client.post(f"/works/{own.id}/use/mix", fields))
    assert [one.text_content() for one in page(".finder__title a")] == ["Rain on a window", "Rain on a tent"]
    assert page.form()["gain_1"] == "-4.5"
    page = client.follow(client.post(f"/works/{own.id}/use/mix", page.form() | {"act": f"add-{other.id}"}))
    page = client.follow(client.post(f"/works/{own.id}/use/mix", page.form() | {"find": f"/works/{film.id}", "act": "find"}))
    page = client.follow(client.post(f"/works/{own.id}/use/mix", page.form() | {"act": "drop-2"}))
    assert [one.text_content().strip() for one in page(".sound-track__title a")] == ["My hum", "Rain on a window"]
    assert len(page.queries) <= 14
    fields = page.form() | {"offset_2": "1:30.25", "fade_out_2": "2", "start_2": "3", "act": "make"}
    recipe = recipe_at(client.post(f"/works/{own.id}/use/mix", fields))
    assert isinstance(recipe, Mix)
    assert [one.source.work for one in recipe.tracks] == [own.id, film.id]
    first, second = recipe.tracks
    assert (first.gain_db, first.from_ms, first.to_ms) == (-4.5, 0, 12_000)
    assert (second.offset_ms, second.from_ms, second.to_ms, second.fade_out_ms) == (90_250, 3000, 20_000, 2000)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"gain": "99"}, "from -60 to 24"),
        ({"gain": "loud"}, "Write a number"),
        ({"offset": "-2"}, "Write the moment"),
        ({"offset": "2:00:00"}, "first hour"),
        ({"end": "13"}, "outside of it"),
        ({"fade_in": "6"}, "longer than the sound"),
        ({"work": "9" * 18}, "no work 999"),
        ({"work": "0"}, "two to 8"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_what_a_mix_refuses(cast: Cast, browse: Browse, values: dict[str, str], words: str) -> None:
    """Beside the sound that it is about."""
    one, two = make_medium(cast.maker, Medium.AUDIO), make_medium(cast.maker, Medium.AUDIO)
    fields = track(1, one) | track(2, two, **values) | {"act": "make"}
    assert words in errors(browse(cast.free).post(f"/works/{one.id}/use/mix", fields))


@pytest.mark.parametrize("act", ["add-1", "add-", "add-99999999999999999999", "drop-77", "fly", "find"])
def test_any_button(cast: Cast, browse: Browse, act: str) -> None:
    """Whatever is sent as a button: words or the same page, never a mistake of ours."""
    work = make_medium(cast.maker, Medium.AUDIO)
    picture = make_medium(cast.maker, Medium.IMAGE)
    client = browse(cast.free)
    for find in ("", "zebra", "9" * 30, f"/works/{picture.id}", "\x00%"):
        fields = track(1, work) | {"act": act, "find": find}
        assert client.post(f"/works/{work.id}/use/mix", fields).status in (303, 422)
        assert client.post(f"/works/{picture.id}/use/layer", {"act": act, "find": find}).status in (303, 422)


def test_no_more_than_eight(cast: Cast, browse: Browse) -> None:
    """The ninth is refused; there is no place to look for it any more."""
    work = make_medium(cast.maker, Medium.AUDIO)
    client = browse(cast.free)
    fields = {name: value for number in range(1, 9) for name, value in track(number, work).items()}
    page = client.post(f"/works/{work.id}/use/mix", fields | {"act": f"add-{work.id}"})
    assert "two to 8" in page.text
    assert page.status == 422
    assert not page(".finder")
    assert isinstance(recipe_at(client.post(f"/works/{work.id}/use/mix", fields)), Mix)


def test_a_picture_over_another(cast: Cast, browse: Browse) -> None:
    """Find it, use it, say where it lies."""
    base, over = make_medium(cast.maker, Medium.IMAGE), make_medium(cast.staff, Medium.IMAGE, title="A heron")
    client = browse(cast.free)
    page = client.get(f"/works/{base.id}/use/layer")
    assert "Choose a picture" in errors(client.post(f"/works/{base.id}/use/layer", page.form() | {"act": "make"}))
    page = client.follow(client.post(f"/works/{base.id}/use/layer", page.form() | {"find": "heron", "act": "find"}))
    page = client.follow(client.post(f"/works/{base.id}/use/layer", page.form() | {"act": f"add-{over.id}"}))
    assert "A heron" in page(".cut-step__chosen")[0].text_content()
    recipe = recipe_at(client.post(f"/works/{base.id}/use/layer", page.form() | {"opacity": "60", "act": "make"}))
    assert recipe == Layer(part_of(base), part_of(over), 25.0, 25.0, 50.0, 60.0)


def test_class_works_are_used_inside_only(cast: Cast, browse: Browse) -> None:
    """P4, P8: to those outside there is nothing to use, find or mix; classmates use it, and never with another class's."""
    project, other = make_class(cast.instructor), make_class(cast.other_instructor)
    join(cast.subscriber, project)
    join(cast.subscriber, other)
    maker = make_person("classmate")
    inside = make_medium(maker, Medium.AUDIO, title="A secret hum", space=queries.list_spaces([project.space_id])[0])
    elsewhere = make_medium(maker, Medium.AUDIO, title="Another hum", space=queries.list_spaces([other.space_id])[0])
    open_one = make_medium(cast.maker, Medium.AUDIO)
    outsider, classmate = browse(cast.free), browse(cast.subscriber)
    for way in ("use", "use/trim", "use/mix"):
        assert outsider.get(f"/works/{inside.id}/{way}").status == 404
        assert classmate.get(f"/works/{inside.id}/{way}").status == 200
    both = track(1, open_one) | track(2, inside)
    page = outsider.post(f"/works/{open_one.id}/use/mix", both)
    assert f"no work {inside.id} here" in errors(page)
    assert "secret" not in page.text
    page = outsider.get(f"/works/{open_one.id}/use/mix?work_1={open_one.id}&work_2={inside.id}&find=hum")
    assert "hum" not in page("main")[0].text_content().replace("hum”", "").replace('"hum"', "")
    assert isinstance(recipe_at(classmate.post(f"/works/{open_one.id}/use/mix", both)), Mix)
    page = classmate.post(f"/works/{inside.id}/use/mix", track(1, inside) | track(2, elsewhere))
    assert "different classes" in errors(page)


def test_a_lapse_ends_the_use_of_class_works(cast: Cast, browse: Browse) -> None:
    """P2: what was cut stays its owner's own, and nobody else's; nothing more can be cut."""
    project = make_class(cast.instructor)
    join(cast.subscriber, project)
    inside = make_medium(make_person("classmate"), Medium.AUDIO, space=queries.list_spaces([project.space_id])[0])
    page = browse(cast.subscriber).post(f"/works/{inside.id}/use/trim", {"start": "0", "end": "1"})
    assert cut_at(page).owner_id == cast.subscriber.id
    for person in (cast.free, cast.staff, None):
        assert browse(person).get(page.location or "").status in (303, 404)
    assert browse(cast.free).post(f"/works/{inside.id}/use/trim", {"start": "0", "end": "1"}).status == 404


def test_five_at_once(cast: Cast, browse: Browse) -> None:
    """The sixth waits, in words."""
    work = make_medium(cast.maker, Medium.AUDIO)
    client = browse(cast.free)
    for _ in range(5):
        cut_at(client.post(f"/works/{work.id}/use/trim", {"start": "0", "end": "1"}))
    assert "5 of your cuts" in errors(client.post(f"/works/{work.id}/use/trim", {"start": "0", "end": "1"}))


def begin_trim(client: PageClient, work: Work) -> MediaFile:
    return cut_at(client.post(f"/works/{work.id}/use/trim", {"start": "1", "end": "3"}))


def set_state(file: MediaFile, **values: Any) -> None:
    with transaction():
        found = db.session.get(MediaFile, file.id)
        for name, value in values.items():
            setattr(found, name, value)


def test_a_cut_that_failed(cast: Cast, browse: Browse) -> None:
    """Says why; it can be tried again and changed."""
    work = make_medium(cast.maker, Medium.AUDIO)
    client = browse(cast.free)
    file = begin_trim(client, work)
    set_state(file, state=MediaState.FAILED, failure="There is nothing at this place of the file.")
    page = client.get(f"/works/cuts/{file.public_id}")
    assert "nothing at this place" in page.text
    assert page("a[href*='start=0']")
    again = client.post(page("#cut form")[0].get("action"), page.form("#cut form"))
    assert again.location == f"/works/cuts/{file.public_id}"
    assert get_cut(file.public_id).state is MediaState.UPLOADED


def test_on_to_the_composer(cast: Cast, browse: Browse) -> None:
    """A cut that is ready is played, and posted from the composer: what it was made of is its source, whoever forgets it (P6, P7)."""
    work = make_medium(cast.maker, Medium.AUDIO, title="Low tide")
    client = browse(cast.free)
    file = begin_trim(client, work)
    set_state(file, state=MediaState.READY, peaks=[0.5] * 200, size=1234)
    page = client.get(f"/works/cuts/{file.public_id}")
    assert page("#cut audio")
    onward = next(one.get("href") for one in page("#cut a.button"))
    asked = parse_qs(urlsplit(onward).query)
    assert urlsplit(onward).path == f"/works/{work.id}/remix"
    assert asked == {"upload": [file.public_id], "sources": [str(work.id)]}
    composer = client.get(onward)
    assert composer.status == 200
    assert file.public_id in composer.html
    assert "remix" in composer(".composer__promise")[0].text_content()  # P7
    # Posted by the plain composer, without a word about sources.
    bare = {"medium": "audio", "title": "A piece of the tide", "upload": file.public_id, "space": "open", "language": "en"}
    posted = client.post("/works/new", bare)
    assert posted.status == 303, posted.text
    child = queries.get_work(int((posted.location or "").rsplit("/", 1)[1]))
    assert [(edge.parent_id, edge.kind) for edge in child.sources] == [(work.id, EdgeKind.SAMPLED)]
    assert f'href="{child.url}"' in client.get(f"/works/cuts/{file.public_id}").html


def test_erased_sources_have_no_name(cast: Cast, browse: Browse) -> None:
    """P4: the page of a cut names only what its owner may still see."""
    work = make_medium(cast.maker, Medium.AUDIO, title="Low tide")
    client = browse(cast.free)
    file = begin_trim(client, work)
    with transaction():
        actions.unpublish_work(queries.get_work(work.id))
    page = client.get(f"/works/cuts/{file.public_id}")
    assert page.status == 200
    assert "Low tide by" not in page.text.replace("(part)", "")
    assert "cannot see any more" in page.text


def test_nobody_else_sees_a_cut(cast: Cast, browse: Browse, client: PageClient) -> None:
    """Neither its page nor its bytes, before it is posted."""
    work = make_medium(cast.maker, Medium.AUDIO)
    file = begin_trim(browse(cast.free), work)
    assert client.get(f"/works/cuts/{file.public_id}").status == 303
    for person in (cast.maker, cast.staff):
        assert browse(person).get(f"/works/cuts/{file.public_id}").status == 404
    sent = make_file(cast.free)
    assert browse(cast.free).get(f"/works/cuts/{sent.public_id}").status == 404


def test_drafts_cannot_be_used(cast: Cast, browse: Browse) -> None:
    """Not even one's own: nothing can be built on it yet."""
    work = make_medium(cast.free, Medium.AUDIO, publish=False)
    assert browse(cast.free).get(f"/works/{work.id}/use").status == 403
    assert browse(cast.maker).get(f"/works/{work.id}/use").status == 404


def test_viewer_of_nothing(cast: Cast) -> None:
    """A space that nobody is in shows nothing to look for."""
    from classprojects.works.cutting import find_material

    make_medium(cast.maker, Medium.AUDIO, title="A hum", space=make_space())
    assert find_material("hum", viewer_for(cast.free), (Medium.AUDIO, Medium.VIDEO)) == []
