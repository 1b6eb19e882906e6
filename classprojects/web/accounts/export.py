"""Everything one made here, in one file (P20): JSON beside the original files."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from classprojects.accounts.models import Person
from classprojects.billing import queries as billing
from classprojects.classes import queries as classes
from classprojects.classes.models import Feedback, ShowcaseEntry
from classprojects.classes.queries import feedback as said
from classprojects.classes.queries import showcase
from classprojects.classes.queries.board import list_topics_by
from classprojects.classes.queries.peers import list_reviews_by
from classprojects.classes.queries.seasons import list_extensions_of
from classprojects.community import collections
from classprojects.community import queries as community
from classprojects.community.models import Collection
from classprojects.completion.models import Credential
from classprojects.completion.queries import list_credentials_of
from classprojects.core import clock
from classprojects.discussions import queries as discussions
from classprojects.earnings.models import EarningsLine
from classprojects.earnings.queries import list_lines_of
from classprojects.gateways.storage import get_storage
from classprojects.media import queries as media
from classprojects.web.accounts.learning import learning_of
from classprojects.web.accounts.notifications import notifications_of
from classprojects.web.accounts.teaching import teaching_of
from classprojects.web.shared.filters import absolute
from classprojects.web.works.sources import disputes_of, suggestions_of
from classprojects.works import drafts
from classprojects.works import queries as works
from classprojects.works.models import Work

README = """What you made on Class Projects, as it stood on {moment}.

account.json      your profile and how you are reached; "picture" names its file in files/
works.json        your works with every version, their sources and tags; "file" names the original in files/
lineage.json      the edges between your works and those that they are built on
drafts.json       what you typed into composers and have not posted
comments.json     what you said
topics.json       what you began to talk about on the boards of classes
submissions.json  what you handed in, each attempt, and what people said about it
feedback.json     what you said about others' attempts
asked.json        classmates' answers that you were asked to say something about
recordings.json   what you said about them in your own voice; "file" names it in files/
saved_replies.json  the words that you keep for answers
reports.json      the feedback that you reported, and what was decided
credentials.json  the credentials of classes that you completed, as they were signed
learning.json     lessons that you finished or are in, assignments that you began, and your notes
showcase.json     your works that were chosen for the showcase of a class, and what you said to that
hearts.json       the works that you love, and the people whom you follow
sets.json         the sets of works that you gathered, in order, with your notes
suggestions.json  the sources that you suggested for others' works, and what their makers answered
disputes.json     what you disputed about sources, and what was answered
extensions.json   the time that instructors gave you for assignments
teaching.json     the classes that you lead, invitations to lead one, and what you wrote to staff about yours
notifications.json  what you were told on your notifications page
earnings.json     what you earned as an instructor, line by line
payments.json     your invoices
files/            the files as you sent them

Times are in UTC. Amounts are in the currency's smallest unit.
"""


def write_export(person: Person, target: IO[bytes]) -> None:
    """Write the ZIP into ``target`` (a real file: nothing is held in memory as a whole)."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(moment=clock.now().strftime("%Y-%m-%d %H:%M UTC")))
        _write(archive, "account.json", _account(person, archive))
        edges: list[dict[str, Any]] = []
        _write(archive, "works.json", [_work(work, archive, edges) for work in _works(person)])
        _write(archive, "lineage.json", edges)
        _write(archive, "drafts.json", _drafts(person))
        _write(archive, "comments.json", list(_comments(person)))
        _write(archive, "topics.json", _topics(person))
        _write(archive, "submissions.json", _submissions(person))
        _write(
            archive,
            "feedback.json",
            [{"attempt": one.attempt_id, **_said(one)} for one in classes.list_feedback_by(person)],
        )
        _write(
            archive,
            "asked.json",
            [
                {"answer": absolute(f"/submissions/{one.submission_id}"), "at": one.asked_at, "until": one.open_until, "done_at": one.done_at}
                for one in list_reviews_by(person)
            ],
        )
        _write(archive, "recordings.json", _recordings(person, archive))
        _write(
            archive,
            "saved_replies.json",
            [
                {"title": one.title, "works_well": one.works_well, "try_next": one.try_next, "at": one.created_at}
                for one in said.list_saved_replies(person)
            ],
        )
        _write(
            archive,
            "reports.json",
            [
                {"feedback": one.feedback_id, "reason": one.reason, "at": one.created_at, "answer": one.answer, "decided_at": one.decided_at}
                for one in said.list_reports_by(person)
            ],
        )
        _write(archive, "showcase.json", [_chosen(one) for one in showcase.list_asked(person)])
        _write(archive, "credentials.json", [_credential(one) for one in list_credentials_of(person)])
        _write(archive, "learning.json", learning_of(person))
        _write(
            archive,
            "hearts.json",
            {
                "works": [absolute(f"/works/{number}") for number in works.list_hearted_ids(person)],
                "people": [one.handle for one in community.list_followed(person)],
            },
        )
        _write(archive, "sets.json", [_set(one) for one in collections.list_own(person)])
        _write(archive, "suggestions.json", suggestions_of(person))
        _write(archive, "disputes.json", disputes_of(person))
        _write(
            archive,
            "extensions.json",
            [
                {"assignment": one.assignment.title, "until": one.due_at, "note": one.note, "given_at": one.created_at}
                for one in list_extensions_of(person)
            ],
        )
        _write(archive, "teaching.json", teaching_of(person))
        _write(archive, "notifications.json", notifications_of(person))
        _write(archive, "earnings.json", [_earned(one) for one in list_lines_of(person)])
        _write(
            archive,
            "payments.json",
            [
                {
                    "number": one.number,
                    "status": one.status,
                    "currency": one.currency,
                    "total": one.total,
                    "paid": one.amount_paid,
                    "issued_at": one.issued_at,
                }
                for one in billing.list_invoices(person.id, limit=10_000)
            ],
        )


def _write(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    archive.writestr(name, json.dumps(content, default=_plain, ensure_ascii=False, indent=1))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _account(person: Person, archive: zipfile.ZipFile) -> dict[str, Any]:
    names = ("handle", "name", "email", "claimed_email", "bio", "country", "language", "time_zone", "calendar_key", "created_at")
    picture = media.find_file_by_public_id(person.picture_key) if person.picture_key else None
    file = f"files/picture.{picture.extension}" if picture is not None else None
    if picture is not None and file is not None:
        _copy(picture.storage_key, file, archive)
    return {**{name: getattr(person, name) for name in names}, "picture": file}


def _works(person: Person) -> Iterator[Work]:
    for number in works.list_work_ids_by(person):
        yield works.get_work_for_export(number)


def _work(work: Work, archive: zipfile.ZipFile, edges: list[dict[str, Any]]) -> dict[str, Any]:
    for edge in work.sources:
        edges.append(
            {
                "child": str(work.id),
                "parent": str(edge.parent_id),
                "parent_version": str(edge.parent_version_id),
                "kind": edge.kind.value,
                "note": edge.note,
                "at": edge.created_at,
            }
        )
    versions = []
    for version in work.versions:
        file = None
        if version.file is not None:
            file = f"files/{work.id}-{version.number}.{version.file.extension}"
            _copy(version.file.storage_key, file, archive)
        pictures = []
        for picture in version.pictures:
            name = f"files/{work.id}-{version.number}-{picture.position}.{picture.file.extension}"
            _copy(picture.file.storage_key, name, archive)
            pictures.append({"position": picture.position, "alt_text": picture.alt_text, "file": name})
        names = ("number", "title", "body", "layout", "note", "alt_text", "language", "captions", "created_at")
        versions.append({**{name: getattr(version, name) for name in names}, "file": file, "pictures": pictures})
    return {
        "id": str(work.id),
        "url": absolute(work.url),
        "medium": work.medium.value,
        "status": work.status.value,
        "in_open_area": work.is_open,
        "published_at": work.published_at,
        "tags": [tag.name for tag in work.tags],
        "external_sources": [
            {"address": one.address, "author": one.author, "licence": one.licence} for one in work.external_sources
        ],
        "hearts": work.hearts_count,
        "versions": versions,
    }


def _drafts(person: Person) -> list[dict[str, Any]]:
    return [
        {"composer": one.key, "fields": one.fields, "began_at": one.created_at, "touched_at": one.touched_at}
        for one in drafts.list_drafts(person)
    ]


def _copy(key: str, name: str, archive: zipfile.ZipFile) -> None:
    """Copy an original in pieces. Media are compressed already, so that it is only stored."""
    if name in archive.NameToInfo or not get_storage().exists(key):
        return
    entry = zipfile.ZipInfo(name, date_time=clock.now().timetuple()[:6])
    with get_storage().open(key) as source, archive.open(entry, "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, 1024 * 1024)


def _comments(person: Person) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        page = discussions.list_comments_by(person.id, after, size=500)
        for comment in page.items:
            yield {"thread": comment.thread_id, "body": comment.body, "at": comment.created_at}
        after = page.next_cursor
        if after is None:
            return


def _topics(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "title": one.title,
            "class": absolute(one.project.url),
            "thread": one.thread_id,
            "is_announcement": one.is_announcement,
            "at": one.created_at,
        }
        for one in list_topics_by(person)
    ]


def _submissions(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "assignment": one.assignment.title,
            "work": absolute(f"/works/{one.work_id}"),
            "state": one.state.value,
            "attempts": [
                {
                    "number": attempt.number,
                    "at": attempt.created_at,
                    "feedback": [
                        _said(feedback) for feedback in attempt.feedback if feedback.hidden_at is None
                    ],
                }
                for attempt in one.attempts
            ],
        }
        for one in classes.list_submissions_of(person)
    ]


def _earned(one: EarningsLine) -> dict[str, Any]:
    return {
        "month": one.period.month,
        "class": one.project.title,
        "for": one.kind.value,
        "units": one.units,
        "points": one.points,
        "of_points": one.period.points,
        "amount": one.amount,
        "currency": one.period.currency,
    }


def _chosen(one: ShowcaseEntry) -> dict[str, Any]:
    return {
        "class": one.project.title,
        "work": absolute(f"/works/{one.work_id}"),
        "why": one.line,
        "chosen_at": one.chosen_at,
        "agreed_at": one.agreed_at,
        "declined_at": one.declined_at,
        "removed_at": one.removed_at,
    }


def _credential(one: Credential) -> dict[str, Any]:
    return {
        "url": absolute(f"/credentials/{one.public_id}"),
        "class": one.project.title,
        "issued_at": one.issued_at,
        "revoked_at": one.revoked_at,
        "revoked_because": one.revoked_because,
        "document": one.document,
    }


def _said(one: Feedback) -> dict[str, Any]:
    """What was said about an attempt, and about which places of it."""
    names = ("works_well", "try_next", "remarks", "marks")
    return {**{name: getattr(one, name) for name in names}, "at": one.created_at, "helped_at": one.thanked_at}


def _recordings(person: Person, archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    found = []
    for one in said.list_feedback_files_by(person):
        if one.file is not None:
            name = f"files/feedback-{one.id}.{one.file.extension}"
            _copy(one.file.storage_key, name, archive)
            found.append({"attempt": one.attempt_id, "file": name, "at": one.created_at})
    return found


def _set(one: Collection) -> dict[str, Any]:
    return {
        "url": absolute(one.url),
        "title": one.title,
        "description": one.description,
        "is_public": one.is_public,
        "begun_at": one.created_at,
        "works": [
            {"url": absolute(f"/works/{item.work_id}"), "note": item.note} for item in collections.list_all_items(one)
        ],
    }
