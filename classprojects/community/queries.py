"""Every SELECT about prompts and follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import Person
from classprojects.community.models import Follow, Prompt, PromptState
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import Page, keyset_page
from classprojects.works.faces import list_waiting_faces
from classprojects.works.models import Medium, Work, WorkStatus
from classprojects.works.queries import for_card, open_works

MONTH = timedelta(days=30)


def find_prompt(slug: str) -> Prompt | None:
    """The prompt at this address with its author and variants, whatever its state."""
    if "\x00" in slug:
        return None
    return db.session.scalar(
        sa.select(Prompt)
        .where(Prompt.slug == slug)
        .options(joinedload(Prompt.author), selectinload(Prompt.locales))
    )


def get_prompt(slug: str) -> Prompt:
    """As :func:`find_prompt`; raises NotFound."""
    prompt = find_prompt(slug)
    if prompt is None:
        raise NotFound(_("That prompt is not here."))
    return prompt


def find_prompt_by_id(prompt_id: int) -> Prompt | None:
    """The prompt that a work answers."""
    return db.session.scalar(sa.select(Prompt).where(Prompt.id == prompt_id).options(selectinload(Prompt.locales)))


def list_prompts(
    *, medium: str = "", only_open: bool = False, q: str = "", after: str | None = None, size: int = 12
) -> Page[Prompt]:
    """One page of published prompts, newest first, with author and variants."""
    statement = (
        sa.select(Prompt)
        .where(Prompt.state == PromptState.PUBLISHED)
        .options(joinedload(Prompt.author), selectinload(Prompt.locales))
    )
    if medium in set(Medium):
        statement = statement.where(Prompt.medium == Medium(medium))
    if only_open:
        statement = statement.where(_is_open())
    for word in q.split()[:6]:
        statement = statement.where(sa.or_(Prompt.title.icontains(word, autoescape=True), Prompt.body.icontains(word, autoescape=True)))
    return keyset_page(db.session, statement, [(Prompt.published_at, datetime), (Prompt.id, int)], after, size)


def list_all_prompts(after: str | None = None, size: int = 50) -> Page[Prompt]:
    """One page of prompts in every state, the newest written first, with authors: for staff."""
    statement = sa.select(Prompt).options(joinedload(Prompt.author))
    return keyset_page(db.session, statement, [(Prompt.created_at, datetime), (Prompt.id, int)], after, size)


def find_todays_prompt(moment: datetime) -> Prompt | None:
    """The easy prompt that everybody is shown today: each day another one, in turn.

    ``moment``: the day is UTC's. Only open prompts of difficulty 1 or 2, which can be
    answered within a minute, take part.
    """
    easy = (
        sa.select(Prompt.id)
        .where(Prompt.state == PromptState.PUBLISHED, Prompt.difficulty <= 2, _is_open())
        .order_by(Prompt.id)
    )
    ids = list(db.session.scalars(easy))
    if not ids:
        return None
    chosen = ids[moment.toordinal() % len(ids)]
    return db.session.scalar(
        sa.select(Prompt)
        .where(Prompt.id == chosen)
        .options(joinedload(Prompt.author), selectinload(Prompt.locales))
    )


def _is_open() -> sa.ColumnElement[bool]:
    return sa.or_(Prompt.closes_at.is_(None), Prompt.closes_at > clock.now())


def list_newest_answers(prompt_ids: Sequence[int], each: int = 3) -> dict[int, list[Work]]:
    """The newest open answers of several prompts in one query: at most ``each`` for every prompt."""
    if not prompt_ids:
        return {}
    ranked = (
        open_works()
        .where(Work.prompt_id.in_(prompt_ids))
        .with_only_columns(
            Work.id,
            sa.func.row_number()
            .over(partition_by=Work.prompt_id, order_by=(Work.published_at.desc(), Work.id.desc()))
            .label("place"),
        )
        .subquery()
    )
    statement = (
        sa.select(Work)
        .join(ranked, ranked.c.id == Work.id)
        .where(ranked.c.place <= each)
        .options(*for_card())
        .order_by(Work.published_at.desc(), Work.id.desc())
    )
    answers: dict[int, list[Work]] = {}
    for work in db.session.scalars(statement):
        answers.setdefault(work.prompt_id or 0, []).append(work)
    return answers


def list_waiting_works(size: int = 4) -> list[Any]:
    """Faces of open works that nobody has answered yet, the longest waiting of the last month first (P16)."""
    return list_waiting_faces(clock.now() - MONTH, size)


def is_following(follower: Person | None, followed: Person) -> bool:
    """Whether ``follower`` follows ``followed``."""
    if follower is None:
        return False
    return db.session.get(Follow, (follower.id, followed.id)) is not None


def list_followed(person: Person) -> list[Person]:
    """The people whom ``person`` follows."""
    statement = sa.select(Person).join(Follow, Follow.followed_id == Person.id).where(Follow.follower_id == person.id)
    return list(db.session.scalars(statement.order_by(Person.id)))


def count_of_person(person: Person) -> dict[str, int]:
    """How much ``person`` made in the open area, how often it was remixed, how many follow: one query."""
    open_published = sa.and_(
        Work.maker_id == person.id,
        Work.status == WorkStatus.PUBLISHED,
        sa.or_(Work.space_id.is_(None), Work.shared_at.is_not(None)),
    )
    row = db.session.execute(
        sa.select(
            sa.select(sa.func.count()).where(open_published).scalar_subquery(),
            sa.select(sa.func.coalesce(sa.func.sum(Work.remixes_count), 0)).where(open_published).scalar_subquery(),
            sa.select(sa.func.count()).where(Follow.followed_id == person.id).scalar_subquery(),
        )
    ).one()
    return {"works": row[0], "remixes": int(row[1]), "followers": row[2]}


def list_people(q: str, limit: int = 12) -> list[Person]:
    """People whose handle or name has every word of ``q``."""
    words = q.split()[:4]
    if not words:
        return []
    statement = sa.select(Person).where(Person.left_at.is_(None)).order_by(Person.handle).limit(limit)
    for word in words:
        statement = statement.where(
            sa.or_(Person.handle.icontains(word, autoescape=True), Person.name.icontains(word, autoescape=True))
        )
    return list(db.session.scalars(statement))
