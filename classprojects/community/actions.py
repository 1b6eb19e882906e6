"""What happens in the open area beside works themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.community import queries
from classprojects.community.models import Follow, Prompt, PromptLocale, PromptState
from classprojects.core import clock
from classprojects.core.database import db, insert_into
from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token, slugify
from classprojects.core.prose import render_text
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind
from classprojects.works import actions as works
from classprojects.works.actions import WorkDraft
from classprojects.works.models import Medium, Work
from classprojects.works.queries import Viewer


class PromptClosed(DomainError):
    """The prompt does not take answers."""


class BadPrompt(DomainError):
    """The prompt lacks something; ``field`` says what."""


@dataclass(frozen=True)
class LocaleDraft:
    """A prompt's wording for a language, or for that language in one country."""

    language: str
    title: str
    takes: str
    body: str = ""
    country: str | None = None


@dataclass(frozen=True)
class PromptDraft:
    """A prompt as somebody means it."""

    medium: Medium
    title: str
    takes: str
    body: str = ""
    difficulty: int = 1
    language: str = "en"
    closes_at: datetime | None = None
    locales: Sequence[LocaleDraft] = ()


def write_prompt(author: Person, draft: PromptDraft, *, role: str = "", publish: bool = True) -> Prompt:
    """A new prompt by ``author``, who is shown with ``role`` (P18). Raises BadPrompt."""
    title, takes = draft.title.strip(), draft.takes.strip()
    if not title or len(title) > 200:
        raise BadPrompt(_("Say in one line, of at most 200 characters, what to make."), field="title")
    if not takes or len(takes) > 60:
        raise BadPrompt(_("Say what it takes, such as 4 words, 1 photo or 10 seconds."), field="takes")
    if not 1 <= draft.difficulty <= 5:
        raise BadPrompt(_("Difficulty goes from 1 to 5."), field="difficulty")
    now = clock.now()
    prompt = Prompt(
        slug=_free_slug(title),
        medium=draft.medium,
        title=title,
        takes=takes,
        body=draft.body,
        body_html=render_text(draft.body),
        difficulty=draft.difficulty,
        language=draft.language,
        closes_at=draft.closes_at,
        author=author,
        author_role=role,
        state=PromptState.PUBLISHED if publish else PromptState.SUGGESTED,
        created_at=now,
        published_at=now if publish else None,
        answers_count=0,
        locales=[
            PromptLocale(
                language=one.language,
                country=one.country,
                title=one.title,
                takes=one.takes,
                body=one.body,
                body_html=render_text(one.body),
            )
            for one in draft.locales
        ],
    )
    db.session.add(prompt)
    db.session.flush()
    return prompt


def _free_slug(title: str) -> str:
    """An address for ``title`` that no prompt has yet."""
    slug = slugify(title) or "prompt"
    while queries.find_prompt(slug) is not None:
        slug = f"{slugify(title, 50) or 'prompt'}-{new_token(4).lower().strip('-_')}"
    return slug


def publish_prompt(prompt: Prompt) -> None:
    """Show ``prompt`` to everybody; what is shown already stays as it is."""
    if prompt.is_published:
        return
    prompt.state = PromptState.PUBLISHED
    prompt.published_at = prompt.published_at or clock.now()
    db.session.flush()


def retire_prompt(prompt: Prompt) -> None:
    """Put ``prompt`` away. Its answers and the credit stay."""
    prompt.state = PromptState.RETIRED
    db.session.flush()


def answer_prompt(maker: Person, prompt: Prompt, draft: WorkDraft, *, viewer: Viewer) -> Work:
    """A work in the open area that answers ``prompt``. Raises PromptClosed and what works raise.

    An answer may be of another medium than the prompt asked for: making something
    counts for more than the form.
    """
    if not prompt.is_open:
        raise PromptClosed(_("This prompt no longer takes answers. You can still post your work in the open area."))
    work = works.create_work(maker, draft, viewer=viewer, prompt_id=prompt.id)
    recount_answers(work)
    return work


def recount_answers(work: Work) -> None:
    """Count again the answers of the prompt that ``work`` takes up: it came, went, or was shown again.

    Counted, not added up: a form that was sent twice made one work. Nothing where it answers none.
    """
    if work.prompt_id is None:
        return
    number = (
        queries.open_works()
        .where(Work.prompt_id == work.prompt_id)
        .with_only_columns(sa.func.count())
        .scalar_subquery()
    )
    db.session.execute(sa.update(Prompt).where(Prompt.id == work.prompt_id).values(answers_count=number))


def follow_person(follower: Person, followed: Person) -> None:
    """Follow; once, however often it is asked. Raises DomainError for oneself."""
    if follower.id == followed.id:
        raise DomainError(_("You need not follow yourself: your works are on your page."))
    follow = insert_into(db.session, Follow).values(
        follower_id=follower.id, followed_id=followed.id, created_at=clock.now()
    )
    db.session.execute(follow.on_conflict_do_nothing())
    notify(
        followed.id,
        NotificationKind.FOLLOWED,
        f"followed:{follower.id}:{followed.id}",
        actor_id=follower.id,
        work_id=None,
        path=follower.url or "",
    )


def unfollow_person(follower: Person, followed: Person) -> None:
    """Stop following; nothing happens when one does not."""
    db.session.execute(
        sa.delete(Follow).where(Follow.follower_id == follower.id, Follow.followed_id == followed.id)
    )


def forget_follows(person: Person) -> None:
    """Whoever leaves follows nobody and is followed by nobody."""
    db.session.execute(
        sa.delete(Follow).where(sa.or_(Follow.follower_id == person.id, Follow.followed_id == person.id))
    )
