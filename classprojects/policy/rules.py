"""The one table: permission -> facts. Whoever asks 'may they?' is answered from here."""

from __future__ import annotations

from typing import Any

from classprojects.accounts.models import Person
from classprojects.policy import facts
from classprojects.policy import facts_board as board
from classprojects.policy import facts_classes as classes
from classprojects.policy import facts_community as community
from classprojects.policy import facts_feedback as feedback
from classprojects.policy import facts_learning as learning
from classprojects.policy import facts_seasons as seasons
from classprojects.policy import facts_showcase as showcase
from classprojects.policy import facts_sources as sources
from classprojects.policy import facts_teaching as teaching
from classprojects.policy import facts_works as works
from classprojects.policy.decisions import Decision
from classprojects.policy.facts import Fact, all_of, any_of
from classprojects.policy.permissions import Permission as P

RULES: dict[P, Fact] = {
    # accounts
    P.MANAGE_ACCOUNT: facts.signed_in,
    # media
    P.UPLOAD_MEDIA: facts.signed_in,
    P.CONTINUE_UPLOAD: works.uploaded_file,
    P.RETRY_MEDIA: works.uploaded_file,
    P.VIEW_CUT: works.uploaded_file,
    P.VIEW_MEDIA: any_of(works.can_see_file, classes.can_see_class_file, feedback.can_see_feedback_file),
    # works
    P.VIEW_WORK: works.can_see_place,
    P.VIEW_LINEAGE: works.can_see_place,
    P.POST_WORK: facts.signed_in,
    P.EDIT_WORK: all_of(works.is_there, works.is_maker),
    P.DELETE_WORK: all_of(works.is_there, works.is_maker),
    P.DOWNLOAD_WORK: works.can_see,
    P.VIEW_HISTORY: works.can_see,
    P.VIEW_VERSION: works.can_see_version,
    P.BRING_BACK_VERSION: all_of(works.can_see_version, works.made_version),
    P.REMIX_WORK: all_of(works.can_talk_about, works.is_published),
    P.SHARE_WORK: all_of(works.is_there, works.is_maker, works.is_class_work),
    P.HEART_WORK: all_of(works.can_talk_about, works.is_published),
    P.COMMENT_WORK: works.can_talk_about,
    P.DELETE_COMMENT: works.can_take_back,
    P.SUGGEST_SOURCE: all_of(works.can_talk_about, works.is_published, sources.is_not_maker),
    P.VIEW_SUGGESTION: sources.can_see_suggestion,
    P.DECIDE_SUGGESTION: sources.decides_suggestion,
    P.WITHDRAW_SUGGESTION: sources.made_suggestion,
    P.DISPUTE_EDGE: sources.made_an_end,
    P.REPLY_TO_DISPUTE: sources.made_an_end_of_dispute,
    P.WITHDRAW_DISPUTE: sources.raised_dispute,
    # community
    P.VIEW_PROMPT: community.is_shown_prompt,
    P.VIEW_PERSON: facts.anybody,
    P.ANSWER_PROMPT: all_of(community.is_shown_prompt, facts.signed_in, community.is_open_prompt),
    P.EDIT_PROMPT: facts.is_staff,
    P.FOLLOW_PERSON: facts.signed_in,
    P.VIEW_SET: community.can_see_set,
    P.MAKE_SET: facts.signed_in,
    P.GATHER_WORK: works.can_talk_about,
    P.EDIT_SET: all_of(community.can_see_set, community.gathered_set),
    # classes
    P.VIEW_CLASS: classes.can_see_class,
    P.JOIN_CLASS: classes.can_join_class,
    P.VIEW_CLASSROOM: classes.is_in_class,
    P.VIEW_LESSON: classes.can_see_lesson,
    P.VIEW_ASSIGNMENT: classes.can_see_assignment,
    P.VIEW_GALLERY: classes.is_in_class,
    P.SUBMIT_WORK: classes.can_submit,
    P.VIEW_SUBMISSION: classes.can_see_submission,
    P.WITHDRAW_SUBMISSION: classes.made_submission,
    P.GIVE_FEEDBACK: classes.can_give_feedback,
    P.USE_STUDIO: teaching.uses_studio,
    P.EDIT_CLASS: teaching.edits_class,
    P.PUBLISH_CLASS: teaching.edits_class,
    # classes: those who lead them
    P.MAKE_CLASS: facts.is_instructor,
    P.TEND_CLASS: classes.leads_class,
    P.RELEASE_NAMES: teaching.edits_class,
    P.MANAGE_PEOPLE: teaching.manages_people,
    P.ANSWER_INVITATION: teaching.was_invited,
    P.VIEW_REVIEW: facts.is_staff,
    P.DECIDE_REVIEW: teaching.decides_review,
    # classes: the board
    P.VIEW_BOARD: classes.is_in_class,
    P.OPEN_TOPIC: classes.is_in_class,
    P.ANNOUNCE: all_of(classes.is_in_class, teaching.edits_class),
    P.VIEW_TOPIC: board.can_see_topic,
    P.ANSWER_TOPIC: board.can_answer_topic,
    P.TEND_TOPIC: board.tends_topic,
    P.DELETE_TOPIC: board.can_delete_topic,
    P.TAKE_BACK_ANSWER: board.said_answer,
    # classes: carrying them elsewhere
    P.COPY_CLASS: all_of(teaching.edits_class, facts.is_instructor),
    P.IMPORT_CLASS: facts.is_instructor,
    P.VIEW_IMPORT: classes.began_import,
    # classes: what comes of them
    P.VIEW_CREDENTIAL: facts.anybody,
    P.REVOKE_CREDENTIAL: facts.is_staff,
    P.VIEW_SHOWCASE: showcase.can_see_showcase,
    P.EDIT_SHOWCASE: teaching.edits_class,
    P.ANSWER_SHOWCASE: showcase.made_chosen_work,
    P.VIEW_INSIGHT: classes.leads_class,
    P.VIEW_EARNINGS: facts.signed_in,
    # classes: what is said about answers
    P.REPLY_TO_FEEDBACK: feedback.talks_about_feedback,
    P.TAKE_BACK_REPLY: feedback.said_reply,
    P.THANK_FOR_FEEDBACK: feedback.was_told_feedback,
    P.REPORT_FEEDBACK: feedback.can_report_feedback,
    P.DECIDE_FEEDBACK_REPORT: feedback.decides_report,
    P.EDIT_SAVED_REPLY: feedback.keeps_reply,
    # classes: what learners keep for themselves
    P.KEEP_NOTE: learning.can_keep_notes,
    P.KEEP_PLACE: learning.can_keep_notes,
    P.VIEW_NOTES: learning.can_see_notes,
    P.EDIT_NOTE: learning.wrote_note,
    # classes: seasons
    P.VIEW_SEASON: seasons.can_see_season,
    P.JOIN_SEASON: seasons.can_join_season,
    P.LEAVE_SEASON: seasons.learns_in,
    # billing
    P.SUBSCRIBE: facts.signed_in,
    P.VIEW_MEMBERSHIP: facts.signed_in,
    P.CHANGE_MEMBERSHIP: facts.signed_in,
    # staff
    P.USE_DESK: facts.is_staff,
}


def may(person: Person | None, permission: P, target: Any = None) -> Decision:
    """Whether ``person`` (None: a visitor) may do ``permission`` to ``target``."""
    return RULES[permission](person, target)
