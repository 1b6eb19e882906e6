"""Using a work: what one may do with it, and the tools that cut a new file out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from classprojects.accounts.models import Person
from classprojects.core.database import transaction
from classprojects.media import cutting, recipes
from classprojects.media.models import MediaFile
from classprojects.media.queries import sources_for
from classprojects.media.recipes import BadCut, Recipe
from classprojects.policy import Permission, may
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.arguments import choice_argument
from classprojects.web.shared.cards import card_for, picture_of
from classprojects.web.shared.composer import work_id_in
from classprojects.web.shared.guards import requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.works import cut_forms, showing
from classprojects.web.works.cut_forms import LayerForm, MixForm, ToolForm
from classprojects.works import queries
from classprojects.works.cutting import Material, check_together, find_material, material_of
from classprojects.works.models import Medium, Work

bp = Blueprint("cuts", __name__)

LASTING = (Medium.AUDIO, Medium.VIDEO)


@dataclass(frozen=True)
class Tool:
    """One thing that can be done with works of these media; ``name``: what the file that comes of it is called."""

    form: type[ToolForm]
    media: tuple[Medium, ...]
    template: str
    name: Callable[[str], str]


TOOLS: Mapping[str, Tool] = {
    "trim": Tool(cut_forms.TrimForm, LASTING, "cut_range", lambda title: _("%(title)s (part)", title=title)),
    "sound": Tool(cut_forms.SoundForm, (Medium.VIDEO,), "cut_range", lambda title: _("%(title)s (sound)", title=title)),
    "still": Tool(cut_forms.StillForm, (Medium.VIDEO,), "cut_still", lambda title: _("%(title)s (still)", title=title)),
    "crop": Tool(cut_forms.CropForm, (Medium.IMAGE,), "cut_crop", lambda title: _("%(title)s (part)", title=title)),
    "layer": Tool(LayerForm, (Medium.IMAGE,), "cut_layer", lambda title: _("%(title)s (layered)", title=title)),
    "mix": Tool(MixForm, LASTING, "cut_mix", lambda title: _("%(title)s (mix)", title=title)),
}
WRONG_MEDIUM = _l("This tool does not go with a work of this kind.")


@bp.get("/works/<id:work_id>/use")
@requires(Permission.REMIX_WORK, on=queries.get_work)
def show_use_work(work: Work) -> Any:
    """Everything that one may do with a work, in plain words."""
    file = work.current_version.file if work.current_version else None
    return render_template(
        "works/use_work.html",
        work=work,
        card=card_for(work, viewer_for(signed_in_person())),
        credit=showing.credit_line(work),
        tools=[name for name, tool in TOOLS.items() if work.medium in tool.media],
        is_preparing=file is not None and file.is_processing,
        has_sound=work.medium is Medium.AUDIO or bool(file and file.has_audio),
        pictures=queries.list_pictures(work.current_version) if work.medium is Medium.IMAGE and work.current_version else [],
    )


@bp.get("/works/<id:work_id>/use/<any(trim, sound, still, crop, layer, mix):tool>")
@requires(Permission.REMIX_WORK, on=queries.get_work)
def show_tool(work: Work, tool: str) -> Any:
    """One tool: as it begins, or as the address says."""
    material = _material(work, tool)
    form = TOOLS[tool].form(formdata=_stated(tool))
    if form.is_new:
        form.prefill(material.file)
        if isinstance(form, MixForm):
            form.add(work.id, material.file)
    return _tool_page(tool, material, form)


@bp.post("/works/<id:work_id>/use/<any(trim, sound, still, crop, layer, mix):tool>")
@requires(Permission.REMIX_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def use_tool(work: Work, tool: str) -> Any:
    """Have a cut made; or look for something more to put into it."""
    person, material = signed_in_person(), _material(work, tool)
    form: Any = TOOLS[tool].form()
    act = request.form.get("act", "make")
    if act == "enter":
        # The key, pressed in some field: looking for something is what one does in the field for that.
        act = "find" if form.find.data else "make"
    if act != "make" and isinstance(form, (MixForm, LayerForm)):
        with form.showing_refusals():
            return redirect(_after(act, form, material, person), 303)
    elif form.validate_on_submit():
        with form.showing_refusals(), transaction():
            recipe = _recipe(form, material, person)
            cut = cutting.begin_cut(person, recipe, TOOLS[tool].name(_title(material.work)))
        if not form.errors and not form.form_errors:
            return redirect(url_for("cuts.show_cut", public_id=cut.public_id), 303)
    return _tool_page(tool, material, form), 422


def _material(work: Work, tool: str) -> Material:
    """What the tool is used on; raises BadCut where it does not go with that."""
    if work.medium not in TOOLS[tool].media:
        raise BadCut(str(WRONG_MEDIUM))
    number = choice_argument("picture", [str(n) for n in range(2, 100)], "1")
    return material_of(work, int(number))


def _stated(tool: str) -> MultiDict[str, str] | None:
    """The form's fields as the address has them; None where it has none."""
    names = {field.name for field in TOOLS[tool].form(formdata=None)} - {"csrf_token"}
    stated = MultiDict([(name, value) for name, value in request.args.items() if name in names])
    return stated or None


def _title(work: Work) -> str:
    return work.current_version.title if work.current_version else ""


def _usable(numbers: Sequence[int], person: Person, field: str) -> dict[int, Material]:
    """The files of these works, by the works' numbers; raises BadCut when one may not be used."""
    found = {work.id: work for work in queries.list_works_by_ids(numbers)}
    materials = {}
    for number in numbers:
        work = found.get(number)
        if work is None or not may(person, Permission.REMIX_WORK, work):
            raise BadCut(_("There is no work %(id)s here that you could use.", id=number), field=field)
        materials[number] = material_of(work)
    # As cards load them files lack what a check needs.
    cutting.find_files(material.file.id for material in materials.values())
    return materials


def _recipe(form: ToolForm, material: Material, person: Person) -> Recipe:
    """What the form asks for, of works that may be used and may come together."""
    if isinstance(form, LayerForm):
        number = work_id_in(form.over.data or "")
        if number is None:
            raise BadCut(_("Choose a picture to lay over this one."), field="find")
        over = _usable([number], person, "find")[number]
        check_together([material.work, over.work])
        return form.layer(material.part, over.part)
    if isinstance(form, MixForm):
        materials = _usable([row.work_id for row in form.rows], person, "find")
        check_together([one.work for one in materials.values()])
        return form.mix(
            {number: one.part for number, one in materials.items()},
            {number: one.file for number, one in materials.items()},
        )
    return form.recipe(material.part, material.file)


def _after(act: str, form: MixForm | LayerForm, material: Material, person: Person) -> str:
    """Where a button leads that makes nothing yet: the same form with one thing more, one less, or a search."""
    verb, _dash, number = act.partition("-")
    found = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    wanted = form.find.data or ""
    if verb == "find" and work_id_in(wanted):
        verb, found, wanted = "add", work_id_in(wanted) or 0, ""
    if verb == "add":
        wanted = "" if number else wanted
        added = _usable([found], person, "find")[found]
        if isinstance(form, MixForm):
            if added.work.medium not in LASTING or not added.file.has_audio and added.work.medium is Medium.VIDEO:
                raise BadCut(_("There is no sound in “%(title)s”.", title=_title(added.work)), field="find")
            form.add(found, added.file)
        else:
            if added.work.medium is not Medium.IMAGE:
                raise BadCut(_("Only a picture can be laid over this one."), field="find")
            form.over.data = str(found)
    elif verb == "drop" and isinstance(form, MixForm):
        form.drop(found)
    arguments: dict[str, Any] = dict(form.arguments())
    if verb == "find" and wanted:
        arguments["find"] = wanted
    return url_for(
        "cuts.show_tool", work_id=material.work.id, tool="mix" if isinstance(form, MixForm) else "layer", **arguments
    )


def _tool_page(tool: str, material: Material, form: ToolForm) -> Any:
    person = signed_in_person()
    more: dict[str, Any] = {}
    if isinstance(form, MixForm):
        more = _mix_parts(form, person)
    elif isinstance(form, LayerForm):
        more = _layer_parts(form, person)
    work = material.work
    return render_template(
        f"works/{TOOLS[tool].template}.html",
        work=work,
        tool=tool,
        form=form,
        file=material.file,
        media=sources_for(material.file),
        picture=picture_of(material.file, work.current_version.alt_text if work.current_version else ""),
        action=url_for("cuts.use_tool", work_id=work.id, tool=tool, picture=request.args.get("picture")),
        **more,
    )


@dataclass(frozen=True)
class MixRow:
    """One sound of the mix as its page shows it."""

    row: cut_forms.Row
    work: Work
    title: str
    maker: str
    duration_ms: int
    peaks: Sequence[float]
    url: str


def _mix_parts(form: MixForm, person: Person) -> dict[str, Any]:
    rows = list(form.rows)
    works = {work.id: work for work in queries.list_works_by_ids(row.work_id for row in rows)}
    shown = []
    for row in rows:
        work = works.get(row.work_id)
        file = work.current_version.file if work is not None and work.current_version else None
        if work is None or file is None or not may(person, Permission.REMIX_WORK, work):
            continue
        found = sources_for(file)
        url = found.audio.sources[-1].url if found.audio else found.video.url if found.video else ""
        shown.append(
            MixRow(row, work, _title(work), showing.shown_maker(work).name, file.duration_ms or 0, file.peaks or (), url)
        )
    return {"rows": shown, "most": recipes.MOST_TRACKS, **_findings(form.find.data or "", person, LASTING)}


def _layer_parts(form: LayerForm, person: Person) -> dict[str, Any]:
    number = work_id_in(form.over.data or "")
    works = queries.list_works_by_ids([number]) if number else []
    over = works[0] if works and may(person, Permission.REMIX_WORK, works[0]) else None
    file = over.current_version.file if over is not None and over.current_version else None
    return {
        "over": over,
        "over_picture": sources_for(file).picture if file is not None else None,
        **_findings(form.find.data or "", person, (Medium.IMAGE,)),
    }


def _findings(words: str, person: Person, media: Sequence[Medium]) -> dict[str, Any]:
    """Works to choose from: with the words looked for, or the person's own newest ones."""
    return {"found": find_material(words, viewer_for(person), media), "words": words}


@bp.get("/works/cuts/<public_id>")
@requires(Permission.VIEW_CUT, on=cutting.get_cut)
def show_cut(file: MediaFile) -> Any:
    """A cut while it is made, and what came of it: to look at, to change, to go on with."""
    recipe = recipes.from_json(file.recipe or {})
    tool = recipes.NAMES[type(recipe)]
    numbers = list(dict.fromkeys(part.work for part in recipes.parts_of(recipe)))
    viewer = viewer_for(signed_in_person())
    works = [work for work in queries.list_works_by_ids(numbers) if queries.is_visible(work, viewer)]
    posted = queries.find_works_with_file(file.id) if file.attached_at else []
    media = sources_for(file)
    return render_template(
        "works/show_cut.html",
        file=file,
        media=media,
        audio_sources=[{"url": one.url, "type": one.mime} for one in media.audio.sources] if media.audio else [],
        picture=picture_of(file, ""),
        works=works,
        posted=posted[0] if posted else None,
        change_url=url_for("cuts.show_tool", work_id=numbers[0], tool=tool, **cut_forms.as_arguments(recipe)),
        composer_url=url_for(
            "works.show_remix_work", work_id=numbers[0], upload=file.public_id, sources=",".join(map(str, numbers))
        ),
        here=url_for("cuts.show_cut", public_id=file.public_id),
    )
