"""Leaving: what has to happen in every area, in one transaction (P3, P20)."""

from __future__ import annotations

from classprojects.accounts import actions as accounts
from classprojects.accounts.models import Person
from classprojects.billing import actions as billing
from classprojects.classes.actions import showcase
from classprojects.classes.actions.board import forget_board
from classprojects.classes.actions.importing import forget_imports
from classprojects.classes.actions.learning import leave_classes
from classprojects.classes.actions.notes import forget_learning
from classprojects.classes.actions.people import forget_teaching
from classprojects.classes.actions.reviewing import forget_reviews
from classprojects.classes.actions.seasons import forget_extensions
from classprojects.classes.actions.talk import forget_talk
from classprojects.community import actions as community
from classprojects.community import collecting
from classprojects.completion import actions as completion
from classprojects.discussions import queries as discussions
from classprojects.media import uploading
from classprojects.notifications import actions as notifications
from classprojects.web.accounts.pictures import replace_picture
from classprojects.works import actions as works
from classprojects.works import drafts, sources
from classprojects.works import queries as made


def leave(person: Person) -> None:
    """Erase what is ``person``'s; others keep their lineage and what was said to them.

    Works become tombstones, comments empty places, billing ends. What they said
    about classmates' attempts stays with those it was said to, without their name.
    """
    billing.end_billing(person)
    leave_classes(person)
    forget_extensions(person)
    for work_id in made.list_work_ids_by(person):
        work = made.get_plain_work(work_id)
        works.erase_work(work)
        community.recount_answers(work)
    forget_talk(person)
    while comments := discussions.list_comments_by(person.id).items:
        for comment in comments:
            works.erase_comment_on_work(comment)
    forget_board(person)
    forget_imports(person)
    for work_id in made.list_hearted_ids(person):
        works.unheart_work(person, made.get_plain_work(work_id))
    sources.forget_sayings(person)
    community.forget_follows(person)
    collecting.forget_collections(person)
    forget_reviews(person)
    forget_teaching(person)
    replace_picture(person, None)
    uploading.delete_uploads_of(person)
    notifications.forget_mails(person)
    notifications.forget_notifications(person)
    drafts.forget_drafts(person)
    completion.forget_credentials(person)
    showcase.forget_showcase(person)
    forget_learning(person)
    accounts.leave(person)
