"""The names of everything that one may or may not do. One verb everywhere."""

from __future__ import annotations

import enum


class Permission(enum.StrEnum):
    """A permission's value is what templates call it by."""

    # accounts
    MANAGE_ACCOUNT = "manage_account"  # one's own, whatever the target

    # media
    VIEW_MEDIA = "view_media"  # on a MediaFile
    UPLOAD_MEDIA = "upload_media"
    CONTINUE_UPLOAD = "continue_upload"  # on an Upload
    RETRY_MEDIA = "retry_media"  # on a MediaFile
    VIEW_CUT = "view_cut"  # on a MediaFile that we make out of others

    # works
    VIEW_WORK = "view_work"  # on a Work; also a tombstone's page
    VIEW_LINEAGE = "view_lineage"  # on a Work
    POST_WORK = "post_work"  # in the open area
    EDIT_WORK = "edit_work"  # on a Work
    DELETE_WORK = "delete_work"  # on a Work
    DOWNLOAD_WORK = "download_work"  # on a Work
    VIEW_HISTORY = "view_history"  # on a Work: the list of its versions
    VIEW_VERSION = "view_version"  # on a PlacedVersion
    BRING_BACK_VERSION = "bring_back_version"  # on a PlacedVersion
    REMIX_WORK = "remix_work"  # on a Work
    SHARE_WORK = "share_work"  # on a class Work: show it in the open area too
    HEART_WORK = "heart_work"  # on a Work
    COMMENT_WORK = "comment_work"  # on a Work
    DELETE_COMMENT = "delete_comment"  # on a Comment
    SUGGEST_SOURCE = "suggest_source"  # on a Work of somebody else's
    VIEW_SUGGESTION = "view_suggestion"  # on a SourceSuggestion
    DECIDE_SUGGESTION = "decide_suggestion"  # on a SourceSuggestion
    WITHDRAW_SUGGESTION = "withdraw_suggestion"  # on a SourceSuggestion
    DISPUTE_EDGE = "dispute_edge"  # on a RemixEdge
    REPLY_TO_DISPUTE = "reply_to_dispute"  # on an EdgeDispute
    WITHDRAW_DISPUTE = "withdraw_dispute"  # on an EdgeDispute

    # community
    VIEW_PROMPT = "view_prompt"  # on a Prompt
    VIEW_PERSON = "view_person"  # on a Person
    ANSWER_PROMPT = "answer_prompt"  # on a Prompt
    EDIT_PROMPT = "edit_prompt"  # on a Prompt
    FOLLOW_PERSON = "follow_person"
    VIEW_SET = "view_set"  # on a Collection
    MAKE_SET = "make_set"
    EDIT_SET = "edit_set"  # on a Collection
    GATHER_WORK = "gather_work"  # on a Work: put it into a set of one's own

    # classes
    VIEW_CLASS = "view_class"  # on a ClassProject: its landing page
    JOIN_CLASS = "join_class"  # on a ClassProject
    VIEW_CLASSROOM = "view_classroom"  # on a ClassProject
    VIEW_LESSON = "view_lesson"  # on a Lesson
    VIEW_ASSIGNMENT = "view_assignment"  # on an Assignment
    VIEW_GALLERY = "view_gallery"  # on a ClassProject
    SUBMIT_WORK = "submit_work"  # on an Assignment
    VIEW_SUBMISSION = "view_submission"  # on a Submission
    WITHDRAW_SUBMISSION = "withdraw_submission"  # on a Submission
    GIVE_FEEDBACK = "give_feedback"  # on a Submission
    USE_STUDIO = "use_studio"
    EDIT_CLASS = "edit_class"  # on a ClassProject
    PUBLISH_CLASS = "publish_class"  # on a ClassProject

    # classes: those who lead them
    MAKE_CLASS = "make_class"
    TEND_CLASS = "tend_class"  # on a ClassProject: see who is where, answer; also an assistant's
    RELEASE_NAMES = "release_names"  # on an Assignment: say who made what was handed in without names
    MANAGE_PEOPLE = "manage_people"  # on a ClassProject
    ANSWER_INVITATION = "answer_invitation"  # on an InstructorInvitation
    VIEW_REVIEW = "view_review"  # on a ClassReview, at the desk
    DECIDE_REVIEW = "decide_review"  # on a ClassReview

    # classes: the board
    VIEW_BOARD = "view_board"  # on a ClassProject
    OPEN_TOPIC = "open_topic"  # on a ClassProject
    ANNOUNCE = "announce"  # on a ClassProject: to all its learners, with mail
    VIEW_TOPIC = "view_topic"  # on a Topic
    ANSWER_TOPIC = "answer_topic"  # on a Topic
    TEND_TOPIC = "tend_topic"  # on a Topic: pin, close
    DELETE_TOPIC = "delete_topic"  # on a Topic
    TAKE_BACK_ANSWER = "take_back_answer"  # on an Answer

    # classes: carrying them elsewhere
    COPY_CLASS = "copy_class"  # on a ClassProject: clone it, take it along as a file
    IMPORT_CLASS = "import_class"
    VIEW_IMPORT = "view_import"  # on a ClassImport

    # classes: what comes of them
    VIEW_CREDENTIAL = "view_credential"  # on a Credential
    REVOKE_CREDENTIAL = "revoke_credential"  # on a Credential: and issue it anew
    VIEW_SHOWCASE = "view_showcase"  # on a ClassProject
    EDIT_SHOWCASE = "edit_showcase"  # on a ClassProject
    ANSWER_SHOWCASE = "answer_showcase"  # on a ShowcaseEntry: whether one's work is shown
    VIEW_INSIGHT = "view_insight"  # on a ClassProject
    VIEW_EARNINGS = "view_earnings"  # one's own

    # classes: what is said about answers
    REPLY_TO_FEEDBACK = "reply_to_feedback"  # on a Feedback
    TAKE_BACK_REPLY = "take_back_reply"  # on a Comment about a Feedback
    THANK_FOR_FEEDBACK = "thank_for_feedback"  # on a Feedback
    REPORT_FEEDBACK = "report_feedback"  # on a Feedback
    DECIDE_FEEDBACK_REPORT = "decide_feedback_report"  # on a FeedbackReport
    EDIT_SAVED_REPLY = "edit_saved_reply"  # on a SavedReply

    # classes: what learners keep for themselves
    KEEP_NOTE = "keep_note"  # on a Lesson or an Assignment
    KEEP_PLACE = "keep_place"  # on a Lesson
    VIEW_NOTES = "view_notes"  # on a ClassProject: one's own
    EDIT_NOTE = "edit_note"  # on a LearnerNote

    # classes: seasons
    VIEW_SEASON = "view_season"  # on a Season: its dates
    JOIN_SEASON = "join_season"  # on a Season
    LEAVE_SEASON = "leave_season"  # on a ClassProject

    # billing
    SUBSCRIBE = "subscribe"
    VIEW_MEMBERSHIP = "view_membership"
    CHANGE_MEMBERSHIP = "change_membership"  # one's own: cancel, resume, change the card

    # staff
    USE_DESK = "use_desk"
