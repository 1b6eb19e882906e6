"""What class pages show of lessons, attempts and feedback, made ready for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from classprojects.classes.models import ClassProject, Lesson, SubmissionState
from classprojects.media.captions import spoken_words
from classprojects.media.models import MediaFile
from classprojects.media.queries import Sources, sources_for
from classprojects.web.shared.cards import CardPicture, picture_of, playable
from classprojects.works.models import Medium


@dataclass(frozen=True)
class Shown:
    """A file as the player or the picture frame takes it; ``sources`` None: there is none."""

    sources: Sources | None = None
    picture: CardPicture | None = None
    playable: Sequence[dict[str, Any]] = ()

    @property
    def is_processing(self) -> bool:
        return self.sources is not None and not self.sources.is_ready and self.sources.failure is None


def show_file(file: MediaFile | None, alt: str = "", begin: int | None = None) -> Shown:
    """What a page needs to show ``file``; a sound or film that begins ``begin`` seconds in."""
    if file is None:
        return Shown()
    sources = sources_for(file)
    played = playable(sources)
    if begin:
        # A media fragment (https://www.w3.org/TR/media-frags/): it begins there without any script.
        played = [{**source, "url": f"{source['url']}#t={begin}"} for source in played]
    return Shown(sources, picture_of(file, alt), played)


def moment_argument() -> int | None:
    """The second of a sound or film that the address asks for, as in ``?t=192``."""
    text = request.args.get("t", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) > 0 else None


def captions_of(project: ClassProject, lesson: Lesson) -> list[dict[str, str]]:
    """The captions track of a lesson, as the player takes it."""
    if not lesson.captions or lesson.file_id is None:
        return []
    language = lesson.captions_language
    return [
        {
            "url": f"{project.url}/lessons/{lesson.number}/captions.vtt?v={lesson.version}",
            "language": language,
            "label": language_name(language),
        }
    ]


def language_name(code: str) -> str:
    """A language in its own words: ``English``."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return code
    return (locale.get_display_name(locale) or code).capitalize()


def transcript_of(lesson: Lesson) -> str | None:
    """What is said in a lesson, as written by its instructor, else from its captions."""
    if lesson.file_id is None:
        return None
    return lesson.transcript or spoken_words(lesson.captions) or None


def submission_words(state: SubmissionState) -> str:
    """Where a submission stands, in a word or two."""
    return {
        SubmissionState.DRAFT: _("draft"),
        SubmissionState.SUBMITTED: _("waiting for feedback"),
        SubmissionState.RETURNED: _("another try suggested"),
        SubmissionState.RESUBMITTED: _("handed in again"),
        SubmissionState.REVIEWED: _("done"),
        SubmissionState.WITHDRAWN: _("taken back"),
    }[state]


def medium_words(medium: Medium | str) -> str:
    """A kind of work as an assignment asks for it."""
    return {"text": _("a text"), "image": _("a picture"), "audio": _("a sound"), "video": _("a film")}[str(medium)]


def media_words(media: Sequence[str]) -> str:
    """The kinds of work that may answer: ``a picture or a film``."""
    words = [medium_words(medium) for medium in media]
    return _(" or ").join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0] if words else ""
