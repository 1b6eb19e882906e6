"""What people do with works: make, revise, publish, share, erase, heart, talk about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import MAX_ID, db, hold, insert_into, lock_row
from classprojects.core.errors import DomainError, NotFound, Refused
from classprojects.core.ids import once_key
from classprojects.core.prose import excerpt_of, render
from classprojects.discussions import actions as discussions
from classprojects.discussions.models import Comment
from classprojects.media import actions as media
from classprojects.media.captions import clean_captions
from classprojects.media.cutting import list_sources
from classprojects.media.models import MediaFile
from classprojects.works import queries
from classprojects.works.bylines import ensure_named
from classprojects.works.lineage import descendant_ids
from classprojects.works.models import (
    EdgeKind,
    ExternalSource,
    Heart,
    Medium,
    RemixEdge,
    Space,
    TextLayout,
    Work,
    WorkPicture,
    WorkStatus,
    WorkTag,
    WorkVersion,
)
from classprojects.works.news import tell_of_comment, tell_of_remix
from classprojects.works.queries import Standing, Viewer, files_of, is_visible

LONGEST_TITLE = 200
LONGEST_BODY = 100_000
LONGEST_NOTE = 2000
LONGEST_ALT_TEXT = 1000
LONGEST_TAG = 40
MOST_TAGS = 10
MOST_SOURCES = 30
#: of a series, the first one counted
MOST_PICTURES = 20

_WITH_CAPTIONS = {Medium.AUDIO, Medium.VIDEO}

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")


class BadWork(DomainError):
    """The work lacks something, or has too much of it; ``field`` says what."""


class BadSource(DomainError):
    """A source cannot be used; shown beside the sources."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="sources")


class WorkGone(DomainError):
    """The work was erased."""


@dataclass(frozen=True)
class SourceDraft:
    """A work that is remixed, and how."""

    work_id: int
    kind: EdgeKind = EdgeKind.BUILT_ON
    note: str = ""
    #: the version that was used; None: the newest
    version_id: int | None = None


@dataclass(frozen=True)
class ExternalDraft:
    """Something from outside that was used: its address, whose it is, under which licence."""

    address: str
    author: str = ""
    licence: str = ""


@dataclass(frozen=True)
class PictureDraft:
    """A further picture of a series: its file, and what it shows."""

    file_id: int
    alt_text: str = ""


@dataclass(frozen=True)
class WorkDraft:
    """A work as somebody means it: Markdown in ``body`` for a text, a file for the other media.

    It is the whole of what the version holds: pictures, captions and layout that are
    not in it are not in the version. Only ``file_id`` left out means the file there is.
    """

    medium: Medium
    title: str
    body: str = ""
    note: str = ""
    alt_text: str = ""
    language: str = "en"
    tags: Sequence[str] = ()
    file_id: int | None = None
    sources: Sequence[SourceDraft] = ()
    external_sources: Sequence[ExternalDraft] = ()
    #: the form's one-time key: sending it twice makes one work
    once: str | None = None
    #: how the lines of a text are set
    layout: TextLayout = TextLayout.PROSE
    #: a series of pictures: those after ``file_id``'s, in order
    pictures: Sequence[PictureDraft] = ()
    #: WebVTT or SubRip for a sound or film, as given; checked and written anew
    captions: str = ""


def with_source(draft: WorkDraft, source: SourceDraft) -> WorkDraft:
    """The same draft with one source more, the first."""
    return replace(draft, sources=(source, *draft.sources))


def open_space(title: str) -> Space:
    """A new place that works live in: a class's own."""
    space = Space(title=title[:200])
    db.session.add(space)
    db.session.flush()
    return space


def create_work(
    maker: Person,
    draft: WorkDraft,
    *,
    viewer: Viewer,
    space_id: int | None = None,
    prompt_id: int | None = None,
    publish: bool = True,
    is_veiled: bool = False,
) -> Work:
    """A new work by ``maker``, in the open area or in a class's space, published unless told not to.

    ``is_veiled``: nobody else is told who made it. ``viewer``: what the maker may see now, which limits what they may remix. Sending
    the same ``draft.once`` again answers the work that it made. Raises BadWork,
    BadSource, Refused (a space that is not theirs to post in).
    """
    key = once_key(maker.id, draft.once)
    if key:
        hold(db.session, "post", maker.id)
        earlier = find_posted(maker, draft.once)
        if earlier is not None:
            return earlier
    if not viewer.sees_space(space_id):
        raise Refused(_("Only people in a class can post in it."))
    check_draft(draft)
    file, pictures = _take_file(maker.id, draft), _take_pictures(maker.id, draft)
    draft = _with_what_was_cut(draft, file, pictures)
    # One at a time from here: what is read about sources still holds when edges are written.
    if draft.sources:
        hold(db.session, "lineage")
    parents = _find_parents(draft.sources, viewer, space_id)

    now = clock.now()
    work = Work(
        maker=maker,
        medium=draft.medium,
        space_id=space_id,
        veiled_at=now if is_veiled else None,
        prompt_id=prompt_id,
        thread=discussions.open_thread(),
        submission_key=key,
        status=WorkStatus.PUBLISHED if publish else WorkStatus.DRAFT,
        created_at=now,
        published_at=now if publish else None,
        tags=[WorkTag(name=name) for name in clean_tags(draft.tags)],
        sources=[],
        external_sources=[],
        hearts_count=0,
        comments_count=0,
        sources_count=0,
        remixes_count=0,
    )
    db.session.add(work)
    db.session.flush()
    work.current_version = _make_version(work, draft, file, pictures, number=1)
    _add_sources(work, draft.sources, parents)
    _add_external_sources(work, draft.external_sources)
    db.session.flush()
    _count_remixes(parent.id for parent in parents)
    tell_of_remix(work, [parent.id for parent in parents])
    return work


def find_posted(maker: Person, once: str | None) -> Work | None:
    """The work that ``maker`` already made by sending the form with this one-time key."""
    key = once_key(maker.id, once)
    return queries.find_work_by_key(key) if key else None


def check_draft(draft: WorkDraft) -> None:
    """Raise BadWork unless ``draft`` is whole, apart from its file and sources."""
    if not draft.title.strip():
        raise BadWork(_("Give it a title; you can change it later."), field="title")
    if len(draft.title) > LONGEST_TITLE:
        raise BadWork(_("A title has at most %(most)d characters.", most=LONGEST_TITLE), field="title")
    if draft.medium is Medium.TEXT:
        if not draft.body.strip():
            raise BadWork(_("Write the text here; a line is enough."), field="body")
        if len(draft.body) > LONGEST_BODY:
            raise BadWork(
                _(
                    "A text has at most %(most)s characters; this one has %(many)s. Post it in parts.",
                    most=f"{LONGEST_BODY:,}",
                    many=f"{len(draft.body):,}",
                ),
                field="body",
            )
    elif draft.file_id is None:
        raise BadWork(
            {
                Medium.IMAGE: _("Choose a picture to post."),
                Medium.AUDIO: _("Choose a sound to post."),
                Medium.VIDEO: _("Choose a film to post."),
            }[draft.medium],
            field="file",
        )
    if len(draft.note) > LONGEST_NOTE:
        raise BadWork(_("A note has at most %(most)d characters.", most=LONGEST_NOTE), field="note")
    if len(draft.alt_text) > LONGEST_ALT_TEXT:
        raise BadWork(_("A description has at most %(most)d characters.", most=LONGEST_ALT_TEXT), field="alt_text")
    if draft.medium is Medium.IMAGE:
        _check_series(draft)
    elif draft.medium in _WITH_CAPTIONS:
        clean_captions(draft.captions)
    if not _LANGUAGE.fullmatch(draft.language):
        raise BadWork(_("Choose a language from the list."), field="language")
    if len(clean_tags(draft.tags)) > MOST_TAGS:
        raise BadWork(_("Use at most %(most)d tags.", most=MOST_TAGS), field="tags")
    if any(len(tag) > LONGEST_TAG for tag in clean_tags(draft.tags)):
        raise BadWork(_("A tag has at most %(most)d characters.", most=LONGEST_TAG), field="tags")
    if len(draft.sources) + len(draft.external_sources) > MOST_SOURCES:
        raise BadSource(_("A work can name at most %(most)d sources.", most=MOST_SOURCES))
    for source in draft.external_sources:
        check_address(source.address)


def _check_series(draft: WorkDraft) -> None:
    """Raise BadWork when a series has too many pictures, or one of them too long a description."""
    if 1 + len(draft.pictures) > MOST_PICTURES:
        raise BadWork(_("A series has at most %(most)d pictures.", most=MOST_PICTURES), field="file")
    for place, picture in enumerate(draft.pictures, start=2):
        if len(picture.alt_text) > LONGEST_ALT_TEXT:
            raise BadWork(
                _(
                    "The description of picture %(place)d has more than %(most)d characters.",
                    place=place,
                    most=LONGEST_ALT_TEXT,
                ),
                field="alt_text",
            )


def check_address(address: str) -> None:
    """Raise BadSource unless ``address`` is one of a page on the web that a link may lead to."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host, parts = None, None
    if parts is None or parts.scheme not in {"http", "https"} or not host or len(address) > 1000 or parts.username:
        raise BadSource(
            _(
                "“%(line)s” is neither a work here nor the address of a page that begins with https:// or http://.",
                line=address[:80],
            )
        )


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Tags as they are kept: lower case, without #, each once, in order."""
    words = (" ".join(tag.replace("#", " ").lower().split()) for tag in tags)
    return list(dict.fromkeys(word for word in words if word))


def _take_file(maker_id: int, draft: WorkDraft) -> MediaFile | None:
    """The draft's file, made sure to be the maker's own and of the right kind."""
    if draft.medium is Medium.TEXT or draft.file_id is None:
        return None
    return _own_file(maker_id, draft.file_id, draft.medium)


def _take_pictures(maker_id: int, draft: WorkDraft) -> list[tuple[MediaFile, str]]:
    """The further pictures of the draft's series with what they show, each made sure of as the first."""
    if draft.medium is not Medium.IMAGE:
        return []
    return [
        (_own_file(maker_id, picture.file_id, Medium.IMAGE), picture.alt_text.strip()) for picture in draft.pictures
    ]


def _own_file(maker_id: int, file_id: int, medium: Medium) -> MediaFile:
    file = db.session.get(MediaFile, file_id) if 0 < file_id <= MAX_ID else None
    if file is None or file.owner_id != maker_id:
        raise BadWork(_("That file is not there any more. Choose it again."), field="file")
    if file.kind.value != medium.value:
        raise BadWork(_("That file is of another kind than the work. Choose another one."), field="file")
    if file.attached_at is None:
        file.attached_at = clock.now()
    return file


def _with_what_was_cut(
    draft: WorkDraft, file: MediaFile | None, pictures: Sequence[tuple[MediaFile, str]], own_id: int | None = None
) -> WorkDraft:
    """The draft with every work among its sources that its files were cut out of, whatever the form said (P6).

    With the very version that was used. ``own_id``: the work itself, which is no source of its own.
    """
    used = list_sources([file, *(picture for picture, _alt_text in pictures)])
    used.pop(own_id or 0, None)
    if not used:
        return draft
    named = [replace(source, version_id=used.get(source.work_id)) for source in draft.sources]
    missing = used.keys() - {source.work_id for source in named}
    sources = [*named, *(SourceDraft(id, EdgeKind.SAMPLED, version_id=used[id]) for id in used if id in missing)]
    if len(sources) + len(draft.external_sources) > MOST_SOURCES:
        raise BadSource(_("A work can name at most %(most)d sources.", most=MOST_SOURCES))
    return replace(draft, sources=sources)


def _find_parents(sources: Sequence[SourceDraft], viewer: Viewer, space_id: int | None) -> list[Standing]:
    """The works behind ``sources``, as they stand now, made sure that they may be used where this one goes (P8)."""
    found = {parent.id: parent for parent in queries.list_standings(source.work_id for source in sources)}
    parents = []
    for number in dict.fromkeys(source.work_id for source in sources):
        parent = found.get(number)
        if parent is None or not is_visible(parent, viewer):
            raise BadSource(_("There is no work %(id)s here that you could use.", id=number))
        _check_usable(parent, space_id)
        parents.append(parent)
    return parents


def _check_usable(parent: Standing, space_id: int | None) -> None:
    """Raise BadSource unless ``parent`` may be a source of a work in this space (P8)."""
    if parent.status is WorkStatus.ERASED:
        raise BadSource(_("Work %(id)s was deleted, so that nothing new can be built on it. Take it out of the sources.", id=parent.id))
    if parent.status is not WorkStatus.PUBLISHED or parent.version_id is None:
        raise BadSource(_("“%(title)s” is not published, so that nothing can be built on it yet.", title=parent.title))
    if parent.is_open or parent.space_id == space_id:
        return
    if space_id is None:
        raise BadSource(
            _(
                "“%(title)s” belongs to a class. It can be a source in the open area once its maker has shared it there; "
                "inside the class you may use it now.",
                title=parent.title,
            )
        )
    raise BadSource(_("“%(title)s” belongs to another class and stays there.", title=parent.title))


def trouble_with(work: Work, space_id: int | None) -> str:
    """Why ``work`` (as cards load it) cannot be a source of a work in this space, in words (P8); "" when it can."""
    version = work.current_version
    title = version.title if version is not None else ""
    standing = Standing(
        work.id, work.maker_id, work.status, work.space_id, work.shared_at, work.current_version_id, title
    )
    try:
        _check_usable(standing, space_id)
    except BadSource as trouble:
        return trouble.message
    return ""


def _make_version(
    work: Work, draft: WorkDraft, file: MediaFile | None, pictures: Sequence[tuple[MediaFile, str]], number: int
) -> WorkVersion:
    body, layout = _text_of(draft)
    version = WorkVersion(
        work_id=work.id,
        number=number,
        title=draft.title.strip(),
        body=body,
        body_html=render(body, layout) if body else "",
        excerpt=excerpt_of(body, layout) if body else "",
        note=draft.note.strip(),
        alt_text=draft.alt_text.strip(),
        language=draft.language,
        layout=layout,
        captions=_captions_of(draft),
        file=file,
        pictures=[
            WorkPicture(position=place, file=picture, alt_text=alt_text)
            for place, (picture, alt_text) in enumerate(pictures, start=2)
        ],
        created_at=clock.now(),
    )
    db.session.add(version)
    db.session.flush()
    return version


def _text_of(draft: WorkDraft) -> tuple[str, TextLayout]:
    """Body and layout as a version holds them: those of a text alone."""
    return (draft.body.strip("\n"), draft.layout) if draft.medium is Medium.TEXT else ("", TextLayout.PROSE)


def _captions_of(draft: WorkDraft) -> str:
    """Captions as a version holds them: those of a sound or film, written anew."""
    return clean_captions(draft.captions) if draft.medium in _WITH_CAPTIONS else ""


def _add_sources(work: Work, sources: Sequence[SourceDraft], parents: Sequence[Standing]) -> None:
    """Edges from ``work`` to each parent that it does not name yet: to the version that was used, or the newest."""
    named = {edge.parent_id for edge in work.sources}
    drafts = {source.work_id: source for source in reversed(sources)}
    for parent in parents:
        if parent.id in named:
            continue
        draft = drafts[parent.id]
        work.sources.append(
            RemixEdge(
                parent_id=parent.id,
                parent_version_id=draft.version_id or parent.version_id,
                kind=draft.kind,
                note=draft.note[:500],
                created_at=clock.now(),
            )
        )
    work.sources_count = len(work.sources)


def _add_external_sources(work: Work, drafts: Sequence[ExternalDraft]) -> None:
    named = {source.address for source in work.external_sources}
    for draft in drafts:
        if draft.address in named:
            continue
        named.add(draft.address)
        work.external_sources.append(
            ExternalSource(address=draft.address, author=draft.author[:200], licence=draft.licence[:100])
        )


def _count_remixes(parent_ids: Iterable[int]) -> None:
    """Count again what grew from these works.

    Only what everybody who sees the parent may see too: a number must not tell
    strangers about works in a class (P4).
    """
    child, parent = sa.orm.aliased(Work), sa.orm.aliased(Work)
    for id in sorted(set(parent_ids)):
        is_seen = sa.or_(
            child.space_id.is_(None),
            child.shared_at.is_not(None),
            sa.and_(parent.space_id == child.space_id, parent.shared_at.is_(None)),
        )
        number = (
            sa.select(sa.func.count())
            .select_from(RemixEdge)
            .join(child, child.id == RemixEdge.child_id)
            .join(parent, parent.id == RemixEdge.parent_id)
            .where(RemixEdge.parent_id == id, child.status == WorkStatus.PUBLISHED, is_seen)
            .scalar_subquery()
        )
        db.session.execute(sa.update(Work).where(Work.id == id).values(remixes_count=number))


#: what a change may not trust from before: columns, and what hangs on the work
_FRESH = [*sa.inspect(Work).column_attrs.keys(), "tags", "external_sources", "sources", "current_version"]


def _lock(work: Work) -> Work:
    """``work`` as it stands now, held for this transaction, with what changing it needs.

    Only that is read afresh: what else the door loaded is still there to show.
    """
    db.session.scalar(lock_row(db.session, sa.select(Work.id).where(Work.id == work.id)))
    if work in db.session:
        db.session.expire(work, _FRESH)
    held = db.session.scalar(
        sa.select(Work)
        .where(Work.id == work.id)
        .options(
            selectinload(Work.tags),
            selectinload(Work.external_sources),
            selectinload(Work.sources),
            joinedload(Work.current_version).options(
                joinedload(WorkVersion.file), selectinload(WorkVersion.pictures).joinedload(WorkPicture.file)
            ),
        )
    )
    if held is None:
        raise NotFound
    if held.is_erased:
        raise WorkGone(_("This work was deleted in the meantime."))
    return held


def _version_of(work: Work) -> WorkVersion:
    """The newest version, which every work has from the transaction that made it."""
    if work.current_version is None:
        raise NotFound
    return work.current_version


def revise_work(work: Work, draft: WorkDraft, *, viewer: Viewer) -> WorkVersion:
    """A new version of ``work``, unless nothing of its content changed; tags and sources follow.

    Sources of a published work are only added to (P6); of a draft they become those
    of ``draft``. The medium stays. Without a file in the draft the file stays too.
    Raises BadWork, BadSource, WorkGone.
    """
    hold(db.session, "lineage")
    work = _lock(work)
    current = _version_of(work)
    if draft.medium is not work.medium:
        raise BadWork(_("A work keeps its medium. Post the other one as a new work, as a remix of this."), field="medium")
    file = current.file
    if draft.file_id is not None and draft.file_id != current.file_id:
        file = _take_file(work.maker_id, draft)
    elif current.file_id is not None and draft.file_id is None:
        draft = replace(draft, file_id=current.file_id)
    check_draft(draft)
    pictures = _take_pictures(work.maker_id, draft)
    draft = _with_what_was_cut(draft, file, pictures, work.id)

    before = {edge.parent_id for edge in work.sources}
    kept = [source for source in draft.sources if source.work_id in before]
    added = [source for source in draft.sources if source.work_id not in before]
    if any(source.work_id == work.id for source in added):
        raise BadSource(_("A work cannot be its own source."))
    parents = _find_parents(added, viewer, None if work.is_open else work.space_id)
    _check_no_circle(work, parents)

    left: list[int] = []
    if work.published_at is None:
        keep = {source.work_id for source in kept}
        left = [edge.parent_id for edge in work.sources if edge.parent_id not in keep]
        for edge in [edge for edge in work.sources if edge.parent_id not in keep]:
            work.sources.remove(edge)
            db.session.delete(edge)
        addresses = {source.address for source in draft.external_sources}
        for source in [source for source in work.external_sources if source.address not in addresses]:
            work.external_sources.remove(source)
            db.session.delete(source)
        db.session.flush()
    _add_sources(work, added, parents)
    _add_external_sources(work, draft.external_sources)
    _change_tags(work, draft.tags)
    if _is_changed(current, draft, file, pictures):
        current = work.current_version = _make_version(work, draft, file, pictures, current.number + 1)
    db.session.flush()
    _count_remixes([*(parent.id for parent in parents), *left])
    tell_of_remix(work, [parent.id for parent in parents])
    return current


def add_source(work: Work, source: SourceDraft, *, viewer: Viewer) -> None:
    """Name one source more, without a new version; nothing when it is named already.

    By the rules of :func:`revise_work`: what ``viewer``, the maker, may see and use
    where the work stands (P8), and no circle (P5). Raises BadSource, WorkGone.
    """
    hold(db.session, "lineage")
    work = _lock(work)
    if any(edge.parent_id == source.work_id for edge in work.sources):
        return
    if len(work.sources) + len(work.external_sources) >= MOST_SOURCES:
        raise BadSource(_("A work can name at most %(most)d sources.", most=MOST_SOURCES))
    _add_sources(work, [source], check_source(work, source.work_id, viewer=viewer))
    db.session.flush()
    _count_remixes([source.work_id])
    tell_of_remix(work, [source.work_id])


def check_source(work: Work, parent_id: int, *, viewer: Viewer) -> list[Standing]:
    """The parent as it stands, which whoever sees what ``viewer`` sees could name as a source of ``work``.

    Raises BadSource (P5, P8). It holds as long as the lineage is held.
    """
    if parent_id == work.id:
        raise BadSource(_("A work cannot be its own source."))
    parents = _find_parents([SourceDraft(parent_id)], viewer, None if work.is_open else work.space_id)
    _check_no_circle(work, parents)
    return parents


def _check_no_circle(work: Work, parents: Sequence[Standing]) -> None:
    """Raise BadSource when ``work`` would become its own ancestor (P5). The lineage is held."""
    if not parents:
        return
    descendants = set(descendant_ids(db.session, work.id))
    for parent in parents:
        if parent.id in descendants:
            raise BadSource(
                _("“%(title)s” grew from this work itself, so that it cannot also be its source.", title=parent.title)
            )


def _change_tags(work: Work, tags: Sequence[str]) -> None:
    wanted = clean_tags(tags)
    for tag in [tag for tag in work.tags if tag.name not in wanted]:
        work.tags.remove(tag)
        db.session.delete(tag)
    have = {tag.name for tag in work.tags}
    work.tags.extend(WorkTag(name=name) for name in wanted if name not in have)


def _is_changed(
    version: WorkVersion, draft: WorkDraft, file: MediaFile | None, pictures: Sequence[tuple[MediaFile, str]]
) -> bool:
    now = (
        draft.title.strip(),
        *_text_of(draft),
        draft.note.strip(),
        draft.alt_text.strip(),
        draft.language,
        _captions_of(draft),
        file.id if file else None,
        [(picture.id, alt_text) for picture, alt_text in pictures],
    )
    then = (
        version.title,
        version.body,
        version.layout,
        version.note,
        version.alt_text,
        version.language,
        version.captions,
        version.file_id,
        [(picture.file_id, picture.alt_text) for picture in version.pictures],
    )
    return now != then


def publish_work(work: Work) -> None:
    """Show a draft, or a work that was taken back, where it belongs. Nothing when it is shown already.

    What a draft names as its sources is asked again: they may have been taken back since
    it was begun. Once published its edges stand, whatever becomes of them (P6). Raises BadSource.
    """
    hold(db.session, "lineage")
    work = _lock(work)
    if work.status is WorkStatus.PUBLISHED:
        return
    if work.status is WorkStatus.REMOVED:
        raise Refused(_("This work was taken down by moderation; an appeal can bring it back."))
    if work.published_at is None:
        for parent in queries.list_standings(edge.parent_id for edge in work.sources):
            _check_usable(parent, None if work.is_open else work.space_id)
    work.status = WorkStatus.PUBLISHED
    work.published_at = work.published_at or clock.now()
    db.session.flush()
    _count_remixes(edge.parent_id for edge in work.sources)
    tell_of_remix(work, [edge.parent_id for edge in work.sources])


def unpublish_work(work: Work) -> None:
    """Take a published work back: only its maker sees it. Edges and remixes stay (P6)."""
    hold(db.session, "lineage")
    work = _lock(work)
    if work.status is not WorkStatus.PUBLISHED:
        return
    work.status = WorkStatus.UNPUBLISHED
    db.session.flush()
    _count_remixes(edge.parent_id for edge in work.sources)


def share_work(work: Work) -> None:
    """Show a class work in the open area too, when every class-only source was shared there (P8)."""
    hold(db.session, "lineage")
    work = _lock(work)
    if work.is_open:
        return
    if work.status is not WorkStatus.PUBLISHED:
        raise BadWork(_("Publish it in the class first."))
    ensure_named(work)
    if not all(parent.is_open for parent in queries.list_standings(edge.parent_id for edge in work.sources)):
        raise BadSource(
            _(
                "This is built on a class work that its maker has not shared in the open area. Ask them to; "
                "then you can share yours."
            )
        )
    work.shared_at = clock.now()
    db.session.flush()
    _count_remixes([work.id, *(edge.parent_id for edge in work.sources)])
    tell_of_remix(work, [edge.parent_id for edge in work.sources])


def erase_work(work: Work) -> None:
    """Leave a tombstone: title, content, tags and files go; the place in the lineage and what others said stay (P6).

    Nothing when it is gone already.
    """
    hold(db.session, "lineage")
    try:
        work = _lock(work)
    except WorkGone:
        return
    versions = queries.list_versions(work)
    files = {file.id: file for version in versions for file in files_of(version)}
    for version in versions:
        version.title = version.body = version.body_html = version.excerpt = version.note = version.alt_text = ""
        version.captions = ""
        version.file = None
        for picture in version.pictures:
            db.session.delete(picture)
    for edge in work.sources:
        edge.note = ""
    _change_tags(work, ())
    work.status = WorkStatus.ERASED
    work.erased_at = clock.now()
    db.session.flush()
    _count_remixes(edge.parent_id for edge in work.sources)
    for id, file in files.items():
        if not queries.find_works_with_file(id):
            media.delete_file(file)


def heart_work(person: Person, work: Work) -> bool:
    """``person`` loves ``work``: counted once, however often and from wherever it is said. Whether it is new."""
    statement = insert_into(db.session, Heart).values(work_id=work.id, person_id=person.id, created_at=clock.now())
    inserted = db.session.scalar(statement.on_conflict_do_nothing().returning(Heart.person_id))
    return _count_heart(work, inserted is not None, 1)


def unheart_work(person: Person, work: Work) -> bool:
    """``person`` takes their heart back. Whether there was one."""
    statement = sa.delete(Heart).where(Heart.work_id == work.id, Heart.person_id == person.id)
    deleted = db.session.scalar(statement.returning(Heart.person_id))
    return _count_heart(work, deleted is not None, -1)


def _count_heart(work: Work, is_changed: bool, step: int) -> bool:
    if not is_changed:
        return False
    db.session.execute(sa.update(Work).where(Work.id == work.id).values(hearts_count=Work.hearts_count + step))
    db.session.refresh(work, ["hearts_count"])
    return True


def comment_on_work(person: Person, work: Work, body: str, once: str | None = None) -> Comment:
    """Say something about a work. Raises EmptyComment, CommentTooLong, WorkGone."""
    if work.is_erased:
        raise WorkGone(_("This work was deleted in the meantime."))
    comment = discussions.add_comment(work.thread_id, person, body, once)
    _count_comments(work)
    tell_of_comment(work, comment)
    return comment


def erase_comment_on_work(comment: Comment) -> None:
    """Take a comment back; its place in the conversation stays."""
    if discussions.erase_comment(comment):
        work = queries.find_work_by_thread(comment.thread_id)
        if work is not None:
            _count_comments(work)


def _count_comments(work: Work) -> None:
    """Count again, so that saying it twice counts once."""
    number = (
        sa.select(sa.func.count())
        .select_from(Comment)
        .where(Comment.thread_id == work.thread_id, Comment.erased_at.is_(None))
        .scalar_subquery()
    )
    # The row is held first: whoever comments at the same moment counts after us.
    db.session.scalar(lock_row(db.session, sa.select(Work.id).where(Work.id == work.id)))
    db.session.execute(sa.update(Work).where(Work.id == work.id).values(comments_count=number))
    db.session.refresh(work, ["comments_count"])
