"""The showcase of a class: instructors choose, makers are asked, and can take back what they said at any time."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.actions.building import _as_it_stands, _lock_class
from classprojects.classes.models import ClassProject, ShowcaseEntry
from classprojects.classes.queries import find_submission_of_work
from classprojects.classes.queries import showcase as queries
from classprojects.core import clock
from classprojects.core.database import db, lock_row
from classprojects.core.errors import DomainError, Refused
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind
from classprojects.works import actions as works
from classprojects.works.bylines import ensure_named
from classprojects.works.models import Work
from classprojects.works.queries import get_plain_work


def choose_work(project: ClassProject, work_id: int, by: Person, line: str = "") -> ShowcaseEntry:
    """Choose a work that was handed in in this class, and ask its maker. Choosing it twice is once."""
    project = _lock_class(project)
    submission = find_submission_of_work(work_id)
    if submission is None or submission.class_id != project.id or not submission.is_handed_in:
        raise DomainError(_("This work is not among what was handed in in this class."))
    if not submission.work.is_published:
        raise DomainError(_("This work is not shown in the class at the moment."))
    ensure_named(submission.work)
    entry = queries.find_entry(project.id, work_id)
    if entry is not None:
        entry = _as_it_stands(entry)
    if entry is not None and entry.removed_at is None:
        return entry
    if entry is not None and entry.declined_at is not None:
        raise DomainError(_("Its maker was asked and said no. They are not asked twice."))
    chosen = queries.list_entries(project)
    if len(chosen) >= queries.MOST:
        raise DomainError(_("A showcase holds at most %(most)s works. Take one out first.", most=queries.MOST))
    if entry is None:
        entry = ShowcaseEntry(class_id=project.id, work_id=work_id, season_id=submission.season_id, chosen_by_id=by.id)
        db.session.add(entry)
    entry.chosen_by_id, entry.chosen_at, entry.removed_at, entry.line = by.id, clock.now(), None, line
    entry.position = max((one.position for one in chosen), default=0) + 1
    if submission.person_id == by.id:
        entry.agreed_at = clock.now()
    db.session.flush()
    notify(
        submission.person_id,
        NotificationKind.SHOWCASE_ASKED,
        f"showcase:{entry.id}",
        actor_id=by.id,
        work_id=work_id,
        path=f"{project.url}/showcase/{entry.id}",
    )
    return entry


def write_line(entry: ShowcaseEntry, line: str) -> None:
    """Why it was chosen, in the instructor's words."""
    entry.line = line
    db.session.flush()


def move_entry(project: ClassProject, entry: ShowcaseEntry, up: bool) -> None:
    """Let it and its neighbour change places; at the end nothing happens."""
    _lock_class(project)
    entries = queries.list_entries(project)
    at = next((number for number, one in enumerate(entries) if one.id == entry.id), None)
    if at is None:
        raise DomainError(_("It is not in the showcase any more."))
    other = at - 1 if up else at + 1
    if 0 <= other < len(entries):
        entries[at], entries[other] = entries[other], entries[at]
    for position, one in enumerate(entries, start=1):
        one.position = position
    db.session.flush()


def remove_entry(entry: ShowcaseEntry) -> None:
    """Take it out of the showcase."""
    entry.removed_at = entry.removed_at or clock.now()
    db.session.flush()


def agree_to_showcase(entry: ShowcaseEntry, person: Person, *, share: bool) -> None:
    """Its maker agrees; ``share``: and shows the work to everybody, without which the showcase does not show it (P8).

    Raises what sharing raises: a class-only source that its maker has not shared.
    """
    work = _own(entry, person)
    if share and not work.is_open:
        works.share_work(work)
    entry = _lock(entry)
    if entry.removed_at is not None:
        raise DomainError(_("It is not chosen any more."))
    entry.agreed_at, entry.declined_at = entry.agreed_at or clock.now(), None
    db.session.flush()


def decline_showcase(entry: ShowcaseEntry, person: Person) -> None:
    """Its maker says no, or takes back that they agreed. The work stays where it is."""
    _own(entry, person)
    entry = _lock(entry)
    entry.declined_at, entry.agreed_at = entry.declined_at or clock.now(), None
    db.session.flush()


def _own(entry: ShowcaseEntry, person: Person) -> Work:
    work = get_plain_work(entry.work_id)
    if work.maker_id != person.id or work.is_erased:
        raise Refused(_("Only the maker of a work says whether it is shown."))
    return work


def _lock(entry: ShowcaseEntry) -> ShowcaseEntry:
    db.session.execute(lock_row(db.session(), sa.select(ShowcaseEntry.id).where(ShowcaseEntry.id == entry.id)))
    locked: ShowcaseEntry = _as_it_stands(entry)
    return locked


def publish_showcase(project: ClassProject) -> None:
    """Show it to everybody, once there is something in it."""
    project = _lock_class(project)
    if not project.is_running:
        raise DomainError(_("Publish the class first."))
    if not queries.list_shown(project):
        raise DomainError(_("There is nothing to show yet: at least one maker must agree and show their work to everyone."))
    project.showcase_at = project.showcase_at or clock.now()
    db.session.flush()


def unpublish_showcase(project: ClassProject) -> None:
    """Show it to nobody but those who lead the class."""
    project = _lock_class(project)
    project.showcase_at = None
    db.session.flush()


def forget_showcase(person: Person) -> None:
    """Whoever leaves is in no showcase any more, nor in what was said about their works there (P20)."""
    theirs = ShowcaseEntry.work_id.in_(sa.select(Work.id).where(Work.maker_id == person.id))
    gone = sa.update(ShowcaseEntry).where(theirs).values(line="", removed_at=clock.now(), agreed_at=None)
    db.session.execute(gone.execution_options(synchronize_session=False))
