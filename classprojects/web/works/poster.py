"""The moment that a film stands for itself with: its maker chooses it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.gateways.transcoder import STILLS, STILLS_ACROSS, still_moments
from classprojects.media.models import MediaFile, MediaKind
from classprojects.media.posters import choose_poster as keep_choice
from classprojects.media.queries import Film, sources_for
from classprojects.policy import Permission
from classprojects.web.shared.filters import duration
from classprojects.web.shared.forms import Form, one_line
from classprojects.web.shared.guards import requires
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.works import queries
from classprojects.works.models import Work

bp = Blueprint("posters", __name__)

#: 83, 83.5, 83,5, 1:23 or 1:02:03.5
_MOMENT = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5}(?:[.,]\d{1,3})?)", re.ASCII)


class PosterForm(Form):
    """One of the stills, or a moment in words."""

    moment = StringField(filters=[one_line])
    seconds = StringField(
        _l("Or another moment"),
        filters=[one_line],
        description=_l("In seconds, such as 12.5, or in minutes and seconds, such as 1:07."),
        validators=[Length(max=20, message=_l("Write the moment like 12.5 or 1:07."))],
    )

    def at_ms(self) -> int | None:
        """The moment that was asked for; None, with words at the field, when it is none."""
        typed = self.seconds.data or ""
        if not typed:
            chosen = self.moment.data or ""
            if chosen.isascii() and chosen.isdigit() and len(chosen) < 10:
                return int(chosen)
            self.seconds.errors = [_("Choose one of the pictures, or write a moment.")]
            return None
        found = _MOMENT.fullmatch(typed)
        if found is None:
            self.seconds.errors = [_("Write the moment like 12.5 or 1:07.")]
            return None
        hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
        return math.floor((hours * 3600 + minutes * 60 + seconds) * 1000)


@dataclass(frozen=True)
class Still:
    """One picture of the sheet: where it stands on it, in pictures, and which moment it shows."""

    at_ms: int
    x: int
    y: int
    words: str


@bp.get("/works/<id:work_id>/poster")
@requires(Permission.EDIT_WORK, on=queries.get_work)
def show_choose_poster(work: Work) -> Any:
    """The stills to choose from."""
    return _page(work, PosterForm())


@bp.post("/works/<id:work_id>/poster")
@requires(Permission.EDIT_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def choose_poster(work: Work) -> Any:
    """Keep the choice; the worker makes the picture."""
    form, (file, _film) = PosterForm(), _film_of(work)
    at_ms = form.at_ms() if form.validate_on_submit() else None
    if at_ms is not None:
        with form.showing_refusals(), transaction():
            keep_choice(file, at_ms)
    if form.errors:
        return _page(queries.get_work(work.id), form), 422
    flash(_("Kept. The new poster is there in a moment."), "success")
    return redirect(work.url, 303)


def _page(work: Work, form: PosterForm) -> str:
    file, film = _film_of(work)
    moments = still_moments(file.duration_ms or 0) if film.stills else []
    return render_template(
        "works/choose_poster.html",
        work=work,
        form=form,
        film=film,
        across=STILLS_ACROSS,
        down=STILLS // STILLS_ACROSS,
        stills=[
            Still(moment, number % STILLS_ACROSS, number // STILLS_ACROSS, duration(moment / 1000))
            for number, moment in enumerate(moments)
        ],
        chosen=form.moment.data or (str(file.poster_ms) if file.poster_ms is not None else ""),
    )


def _film_of(work: Work) -> tuple[MediaFile, Film]:
    """The work's film, playing already; raises NotFound."""
    file = work.current_version.file if work.current_version else None
    if file is None or file.kind is not MediaKind.VIDEO:
        raise NotFound
    film = sources_for(file).video
    if film is None:
        raise NotFound(_("This film is still being prepared. Choose its poster once it plays."))
    return file, film
