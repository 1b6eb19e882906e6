"""Where a file says that it comes from: shown on the work's page, and taken up as a source by its maker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _

from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.media.models import MediaFile
from classprojects.policy import Permission
from classprojects.policy.viewing import viewer_for
from classprojects.web.shared.guards import current_person, requires
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.works import actions, queries
from classprojects.works.actions import SourceDraft
from classprojects.works.bylines import is_maker_hidden
from classprojects.works.models import Work
from classprojects.works.provenance import list_named_works
from classprojects.works.queries import Viewer

bp = Blueprint("origin", __name__)


@dataclass(frozen=True)
class Origin:
    """What `components/file-origin.html` shows of the record that came with a file."""

    state: str  # ours | signed | changed | broken
    lines: Sequence[str]
    #: works here that the file says it comes from and that the work does not name yet: for its maker
    named: Sequence[Work] = ()


def shown_origin(work: Work, viewer: Viewer) -> Origin | None:
    """What the file of ``work`` says about itself; None where no record came with it."""
    file = work.current_version.file if work.current_version else None
    if file is None or not file.provenance or is_maker_hidden(work, viewer):
        return None  # who signed it may be who made it
    told = file.provenance
    lines = [_of_state(told)]
    if told.get("state") in {"ours", "signed"}:
        # What a changed record says about the file, it says about another one.
        if told.get("made_with") and told.get("state") != "ours":
            lines.append(_("Made with %(program)s.", program=told["made_with"]))
        if told.get("generated"):
            lines.append(_("By its record a trained model made it, or parts of it."))
        if told.get("no_training"):
            lines.append(_("It says that it must not be used to train AI."))
    named = _unnamed(work, file, viewer) if work.maker_id == viewer.person_id else []
    return Origin(str(told.get("state")), lines, named)


def _of_state(told: dict[str, Any]) -> str:
    signer = told.get("signer")
    if told.get("state") == "ours":
        return _("This file was downloaded here, and nobody changed it since.")
    if told.get("state") == "signed":
        if signer:
            return _("Signed by “%(signer)s”, and unchanged since. We cannot tell who that is.", signer=signer)
        return _("Signed, and unchanged since. We cannot tell by whom.")
    if told.get("state") == "changed":
        return _("It carries a signed record, but was changed after it was signed: what the record says is not to be relied on.")
    return _("It carries a record that cannot be checked: it is damaged, or not signed as it should be.")


def _unnamed(work: Work, file: MediaFile, viewer: Viewer) -> list[Work]:
    there = {work.id, *(edge.parent_id for edge in work.sources)}
    return [one for one in list_named_works(file, viewer) if one.id not in there]


@bp.post("/works/<id:work_id>/named-sources")
@requires(Permission.EDIT_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def add_named_sources(work: Work) -> Any:
    """Take what the file names as a source, as its maker agrees."""
    viewer = viewer_for(current_person())
    origin = shown_origin(work, viewer)
    named = list(origin.named) if origin is not None else []
    try:
        with transaction():
            for source in named:
                actions.add_source(work, SourceDraft(source.id), viewer=viewer)
    except DomainError as error:
        flash(error.message, "error")
        return redirect(work.url, 303)
    if named:
        flash(_("Thank you. Its lineage is whole now."), "success")
    return redirect(work.url, 303)
