"""Works, made as people make them: through the actions."""

from __future__ import annotations

import itertools
from typing import Any

from classprojects.accounts.models import Person
from classprojects.accounts.queries import get_person
from classprojects.core.database import db
from classprojects.media.models import MediaFile, MediaKind, MediaPurpose, MediaState
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions, queries
from classprojects.works.actions import SourceDraft, WorkDraft
from classprojects.works.models import Medium, Space, Work
from classprojects.works.queries import Viewer
from tests.factories.people import inside

_numbers = itertools.count(1)


def make_work(
    maker: Person,
    *,
    sources: Any = (),
    space: Space | None = None,
    viewer: Viewer | None = None,
    prompt_id: int | None = None,
    publish: bool = True,
    **draft: Any,
) -> Work:
    """A work by ``maker``; a short text unless told otherwise. ``sources``: works or SourceDrafts.

    ``viewer``: what the maker may see; by default what they may, and the work's own space.
    """
    maker = get_person(maker.id)  # a page that was asked for in between made the session forget
    number = next(_numbers)
    draft = {"medium": Medium.TEXT, "title": f"Work {number}", "language": "en", **draft}
    if draft["medium"] == Medium.TEXT:
        draft.setdefault("body", f"A line for work {number}.")
    drafts = tuple(one if isinstance(one, SourceDraft) else SourceDraft(one.id) for one in sources)
    if viewer is None:
        viewer = viewer_for(maker)
        if space is not None:
            viewer = Viewer(viewer.person_id, viewer.space_ids | {space.id}, viewer.is_staff)
    with inside():
        work = actions.create_work(
            maker,
            WorkDraft(sources=drafts, **draft),
            viewer=viewer,
            space_id=space.id if space else None,
            prompt_id=prompt_id,
            publish=publish,
        )
    return queries.get_work(work.id)


def make_space(title: str = "A class") -> Space:
    """A class's space without the class."""
    with inside():
        return actions.open_space(title)


def make_file(owner: Person, kind: MediaKind = MediaKind.IMAGE, *, ready: bool = True, **values: Any) -> MediaFile:
    """The row of a file as processing leaves it, without bytes: for pages and rules about files."""
    number = next(_numbers)
    shapes: dict[MediaKind, dict[str, Any]] = {
        MediaKind.IMAGE: {"mime": "image/jpeg", "extension": "jpg", "width": 1200, "height": 800, "widths": [480, 960, 1200]},
        MediaKind.AUDIO: {"mime": "audio/wav", "extension": "wav", "duration_ms": 12_000, "peaks": [0.5] * 200},
        MediaKind.VIDEO: {"mime": "video/mp4", "extension": "mp4", "width": 1280, "height": 720, "duration_ms": 20_000},
    }
    with inside():
        file = MediaFile(
            owner_id=owner.id,
            kind=kind,
            **{
                "purpose": MediaPurpose.WORK,
                "size": 1000,
                "sha256": f"{number:064x}",
                "original_name": f"file-{number}",
                "storage_key": f"test/{number}",
                "state": MediaState.READY if ready else MediaState.UPLOADED,
                "colour": "#885533",
                "renditions": [],
                **shapes[kind],
                **values,
            },
        )
        db.session.add(file)
        db.session.flush()
    return file
