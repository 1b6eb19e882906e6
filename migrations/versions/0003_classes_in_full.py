"""Classes in full: reviews, seasons, rubrics, prerequisites, peers, talk, showcases, credentials, earnings.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _one_of(column: str, *words: str) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


KINDS = ("image", "audio", "video")
PURPOSES = ("work", "lesson", "picture", "cover")
ROLES = ("lead", "co_instructor")
TOLD = (
    "commented", "remixed", "feedback", "source_suggested", "suggestion_decided", "edge_disputed", "dispute_answered",
    "followed",
)  # fmt: skip
NEW_PURPOSES = ("description", "resource", "trailer", "feedback")
NEW_TOLD = (
    "feedback_replied", "feedback_thanked", "feedback_asked", "announced", "topic_answered", "extension_given",
    "season_changed", "class_reviewed", "instructor_invited", "completed", "showcase_asked",
)  # fmt: skip
#: table, name, what it was, what it is
CHECKS = [
    ("media_files", "mediakind", _one_of("kind", *KINDS), _one_of("kind", *KINDS, "document")),
    ("media_files", "mediapurpose", _one_of("purpose", *PURPOSES), _one_of("purpose", *PURPOSES, *NEW_PURPOSES)),
    ("class_instructors", "instructorrole", _one_of("role", *ROLES), _one_of("role", *ROLES, "assistant")),
    ("notifications", "notificationkind", _one_of("kind", *TOLD), _one_of("kind", *TOLD, *NEW_TOLD)),
]


def upgrade() -> None:
    op.create_table(
        "earnings_periods",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("revenue", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("pool", sa.BigInteger(), nullable=False),
        sa.Column("undivided", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("formula", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earnings_periods")),
        sa.UniqueConstraint("month", "currency", name=op.f("uq_earnings_periods_month_currency")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("key_id", name=op.f("uq_signing_keys_key_id")),
    )
    op.create_table(
        "saved_replies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("works_well", sa.Text(), nullable=False),
        sa.Column("try_next", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_replies_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_replies")),
    )
    with op.batch_alter_table("saved_replies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_replies_person_id"), ["person_id"], unique=False)

    op.create_table(
        "thread_follows",
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("muted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_thread_follows_person_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_thread_follows_thread_id")),
        sa.PrimaryKeyConstraint("thread_id", "person_id", name=op.f("pk_thread_follows")),
    )
    with op.batch_alter_table("thread_follows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_thread_follows_person_id"), ["person_id"], unique=False)

    op.create_table(
        "class_imports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "working",
                "done",
                "failed",
                name="importstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_class_imports_class_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_class_imports_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_imports")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_class_imports_storage_key")),
    )
    with op.batch_alter_table("class_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_class_imports_class_id"), ["class_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_class_imports_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_class_imports_state_created_at", ["state", "created_at"], unique=False)

    op.create_table(
        "class_reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sent_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.String(length=2000), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "approved",
                "changes_requested",
                "taken_back",
                name="reviewdecision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_class_reviews_class_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["people.id"], name=op.f("fk_class_reviews_decided_by_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["people.id"], name=op.f("fk_class_reviews_sent_by_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_class_reviews_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_reviews")),
        sa.UniqueConstraint("thread_id", name=op.f("uq_class_reviews_thread_id")),
    )
    with op.batch_alter_table("class_reviews", schema=None) as batch_op:
        batch_op.create_index("ix_class_reviews_class_id_id", ["class_id", "id"], unique=False)
        batch_op.create_index("ix_class_reviews_decided_at_sent_at", ["decided_at", "sent_at"], unique=False)

    op.create_table(
        "credentials",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("revoked_because", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_credentials_class_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_credentials_person_id")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["people.id"], name=op.f("fk_credentials_revoked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
        sa.UniqueConstraint("person_id", "class_id", "serial", name=op.f("uq_credentials_person_id_class_id_serial")),
        sa.UniqueConstraint("public_id", name=op.f("uq_credentials_public_id")),
    )
    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credentials_class_id"), ["class_id"], unique=False)

    op.create_table(
        "earnings_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "assignments", "feedback", name="earningkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_earnings_lines_class_id")),
        sa.ForeignKeyConstraint(["period_id"], ["earnings_periods.id"], name=op.f("fk_earnings_lines_period_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_earnings_lines_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earnings_lines")),
        sa.UniqueConstraint(
            "period_id",
            "person_id",
            "class_id",
            "kind",
            name=op.f("uq_earnings_lines_period_id_person_id_class_id_kind"),
        ),
    )
    with op.batch_alter_table("earnings_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_earnings_lines_class_id"), ["class_id"], unique=False)
        batch_op.create_index("ix_earnings_lines_person_id_period_id", ["person_id", "period_id"], unique=False)

    op.create_table(
        "instructor_invitations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "lead",
                "co_instructor",
                "assistant",
                name="invitedrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("invited_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_instructor_invitations_class_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["people.id"], name=op.f("fk_instructor_invitations_invited_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_instructor_invitations_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instructor_invitations")),
    )
    with op.batch_alter_table("instructor_invitations", schema=None) as batch_op:
        batch_op.create_index("ix_instructor_invitations_class_id_person_id", ["class_id", "person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_instructor_invitations_person_id"), ["person_id"], unique=False)

    op.create_table(
        "seasons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=True),
        sa.Column("learners_count", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_seasons_ends_after_start")),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_seasons_class_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasons")),
        sa.UniqueConstraint("class_id", "number", name=op.f("uq_seasons_class_id_number")),
    )
    with op.batch_alter_table("seasons", schema=None) as batch_op:
        batch_op.create_index("ix_seasons_starts_at", ["cancelled_at", "starts_at", "id"], unique=False)

    op.create_table(
        "assignment_starts",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_assignment_starts_assignment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_assignment_starts_person_id")),
        sa.PrimaryKeyConstraint("person_id", "assignment_id", name=op.f("pk_assignment_starts")),
    )
    with op.batch_alter_table("assignment_starts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_starts_assignment_id"), ["assignment_id"], unique=False)

    op.create_table(
        "extensions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("given_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_extensions_assignment_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["people.id"], name=op.f("fk_extensions_given_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_extensions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
        sa.UniqueConstraint("person_id", "assignment_id", name=op.f("uq_extensions_person_id_assignment_id")),
    )
    with op.batch_alter_table("extensions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extensions_assignment_id"), ["assignment_id"], unique=False)

    op.create_table(
        "learner_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at_seconds", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("submission_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_learner_notes_assignment_id")),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_learner_notes_class_id")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_learner_notes_lesson_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_learner_notes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_notes")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_learner_notes_submission_key")),
    )
    with op.batch_alter_table("learner_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learner_notes_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_learner_notes_class_id"), ["class_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_learner_notes_lesson_id"), ["lesson_id"], unique=False)
        batch_op.create_index("ix_learner_notes_person_id_class_id", ["person_id", "class_id", "id"], unique=False)

    op.create_table(
        "lesson_places",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_seconds", sa.BigInteger(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_places_lesson_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_lesson_places_person_id")),
        sa.PrimaryKeyConstraint("person_id", "lesson_id", name=op.f("pk_lesson_places")),
    )
    with op.batch_alter_table("lesson_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_places_lesson_id"), ["lesson_id"], unique=False)

    op.create_table(
        "lesson_resources",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["media_files.id"], name=op.f("fk_lesson_resources_file_id")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_resources_lesson_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_resources")),
    )
    with op.batch_alter_table("lesson_resources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_resources_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lesson_resources_lesson_id"), ["lesson_id"], unique=False)

    op.create_table(
        "prerequisites",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("requires_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("(lesson_id IS NULL) <> (assignment_id IS NULL)", name=op.f("ck_prerequisites_one_item")),
        sa.CheckConstraint("assignment_id <> requires_id", name=op.f("ck_prerequisites_not_itself")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_prerequisites_assignment_id")),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_prerequisites_class_id")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_prerequisites_lesson_id")),
        sa.ForeignKeyConstraint(["requires_id"], ["assignments.id"], name=op.f("fk_prerequisites_requires_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prerequisites")),
        sa.UniqueConstraint("assignment_id", "requires_id", name=op.f("uq_prerequisites_assignment_id_requires_id")),
        sa.UniqueConstraint("lesson_id", "requires_id", name=op.f("uq_prerequisites_lesson_id_requires_id")),
    )
    with op.batch_alter_table("prerequisites", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prerequisites_class_id"), ["class_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_prerequisites_requires_id"), ["requires_id"], unique=False)

    op.create_table(
        "season_dates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("season_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_firm", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(lesson_id IS NULL) <> (assignment_id IS NULL)", name=op.f("ck_season_dates_one_item")),
        sa.CheckConstraint("due_at > opens_at", name=op.f("ck_season_dates_due_after_opening")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_season_dates_assignment_id")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_season_dates_lesson_id")),
        sa.ForeignKeyConstraint(["season_id"], ["seasons.id"], name=op.f("fk_season_dates_season_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season_dates")),
        sa.UniqueConstraint("season_id", "assignment_id", name=op.f("uq_season_dates_season_id_assignment_id")),
        sa.UniqueConstraint("season_id", "lesson_id", name=op.f("uq_season_dates_season_id_lesson_id")),
    )
    with op.batch_alter_table("season_dates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_season_dates_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index("ix_season_dates_due_at", ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_season_dates_lesson_id"), ["lesson_id"], unique=False)

    op.create_table(
        "season_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("season_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "kick_off",
                "meeting",
                "wrap_up",
                name="seasoneventkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["season_id"], ["seasons.id"], name=op.f("fk_season_events_season_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season_events")),
    )
    with op.batch_alter_table("season_events", schema=None) as batch_op:
        batch_op.create_index("ix_season_events_season_id_starts_at", ["season_id", "starts_at", "id"], unique=False)

    op.create_table(
        "showcase_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("season_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.String(length=300), nullable=False),
        sa.Column("chosen_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["chosen_by_id"], ["people.id"], name=op.f("fk_showcase_entries_chosen_by_id")),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_showcase_entries_class_id")),
        sa.ForeignKeyConstraint(["season_id"], ["seasons.id"], name=op.f("fk_showcase_entries_season_id")),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_showcase_entries_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showcase_entries")),
        sa.UniqueConstraint("class_id", "work_id", name=op.f("uq_showcase_entries_class_id_work_id")),
    )
    with op.batch_alter_table("showcase_entries", schema=None) as batch_op:
        batch_op.create_index("ix_showcase_entries_class_id_position", ["class_id", "position", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_showcase_entries_season_id"), ["season_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_showcase_entries_work_id"), ["work_id"], unique=False)

    op.create_table(
        "topics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("season_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("is_announcement", sa.Boolean(), nullable=False),
        sa.Column("mailed_to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comments_count", sa.BigInteger(), nullable=False),
        sa.Column("submission_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_topics_assignment_id")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_topics_author_id")),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_topics_class_id")),
        sa.ForeignKeyConstraint(["season_id"], ["seasons.id"], name=op.f("fk_topics_season_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_topics_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_topics_submission_key")),
        sa.UniqueConstraint("thread_id", name=op.f("uq_topics_thread_id")),
    )
    with op.batch_alter_table("topics", schema=None) as batch_op:
        batch_op.create_index(
            "ix_topics_assignment_id_said_at", ["assignment_id", "deleted_at", "said_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_topics_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_topics_class_id_said_at", ["class_id", "deleted_at", "said_at", "id"], unique=False)
        batch_op.create_index("ix_topics_mailing", ["is_announcement", "mailed_at"], unique=False)
        batch_op.create_index("ix_topics_season_id_said_at", ["season_id", "deleted_at", "said_at", "id"], unique=False)

    op.create_table(
        "peer_reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_peer_reviews_assignment_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["people.id"], name=op.f("fk_peer_reviews_reviewer_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_peer_reviews_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_reviews")),
        sa.UniqueConstraint("submission_id", "reviewer_id", name=op.f("uq_peer_reviews_submission_id_reviewer_id")),
    )
    with op.batch_alter_table("peer_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_reviews_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index("ix_peer_reviews_open_until", ["done_at", "lapsed_at", "open_until"], unique=False)
        batch_op.create_index(
            "ix_peer_reviews_reviewer_id_assignment_id", ["reviewer_id", "assignment_id"], unique=False
        )

    op.create_table(
        "feedback_reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feedback_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["people.id"], name=op.f("fk_feedback_reports_decided_by_id")),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_reports_feedback_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_feedback_reports_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_reports")),
        sa.UniqueConstraint("feedback_id", "person_id", name=op.f("uq_feedback_reports_feedback_id_person_id")),
    )
    with op.batch_alter_table("feedback_reports", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_reports_decided_at_created_at", ["decided_at", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_reports_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rubric", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("is_anonymous", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("names_released_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("class_projects", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("trailer_file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("trailer_captions", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("cloned_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("showcase_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_class_projects_cloned_from_id"), ["cloned_from_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_class_projects_trailer_file_id"), ["trailer_file_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_class_projects_trailer_file_id"), "media_files", ["trailer_file_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_class_projects_cloned_from_id"), "class_projects", ["cloned_from_id"], ["id"]
        )

    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("season_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("opened_all_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("opened_all_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_enrollments_season_id"), ["season_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_enrollments_season_id"), "seasons", ["season_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_enrollments_opened_all_by_id"), "people", ["opened_all_by_id"], ["id"]
        )

    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.add_column(sa.Column("remarks", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("marks", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("replies_count", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("thanked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_feedback_file_id"), ["file_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_feedback_thread_id"), ["thread_id"])
        batch_op.create_foreign_key(batch_op.f("fk_feedback_thread_id"), "threads", ["thread_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_feedback_file_id"), "media_files", ["file_id"], ["id"])

    with op.batch_alter_table("lessons", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chapters", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("description_file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_lessons_description_file_id"), ["description_file_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_lessons_description_file_id"), "media_files", ["description_file_id"], ["id"]
        )

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("calendar_key", sa.String(length=40), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_people_calendar_key"), ["calendar_key"])

    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("readers_count", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("season_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_index(
            "ix_submissions_assignment_id_readers_count",
            ["assignment_id", "readers_count", "submitted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_submissions_first_feedback_at_submitted_at", ["first_feedback_at", "submitted_at", "id"], unique=False
        )
        batch_op.create_index("ix_submissions_season_id_id", ["season_id", "id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_submissions_season_id"), "seasons", ["season_id"], ["id"])

    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.add_column(sa.Column("veiled_at", sa.DateTime(timezone=True), nullable=True))

    for table, name, _old, new in CHECKS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, new)
    # The moment that feedback was about is a remark now.
    moments = sa.table(
        "feedback",
        sa.column("id", sa.BigInteger()),
        sa.column("at_seconds", sa.BigInteger()),
        sa.column("remarks", sa.JSON()),
    )
    connection = op.get_bind()
    for id, seconds in connection.execute(
        sa.select(moments.c.id, moments.c.at_seconds).where(moments.c.at_seconds.is_not(None))
    ).all():
        remark = {"text": "", "anchor": {"kind": "moment", "at": seconds}}
        connection.execute(sa.update(moments).where(moments.c.id == id).values(remarks=[remark]))
    with op.batch_alter_table("feedback") as batch_op:
        batch_op.drop_column("at_seconds")


def downgrade() -> None:
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.drop_column("veiled_at")

    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_submissions_season_id"), type_="foreignkey")
        batch_op.drop_index("ix_submissions_season_id_id")
        batch_op.drop_index("ix_submissions_first_feedback_at_submitted_at")
        batch_op.drop_index("ix_submissions_assignment_id_readers_count")
        batch_op.drop_column("season_id")
        batch_op.drop_column("readers_count")

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_people_calendar_key"), type_="unique")
        batch_op.drop_column("calendar_key")

    with op.batch_alter_table("lessons", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_lessons_description_file_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_lessons_description_file_id"))
        batch_op.drop_column("description_file_id")
        batch_op.drop_column("chapters")

    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.add_column(sa.Column("at_seconds", sa.BIGINT(), nullable=True))
        batch_op.drop_constraint(batch_op.f("fk_feedback_file_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_feedback_thread_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_feedback_thread_id"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_feedback_file_id"))
        batch_op.drop_column("hidden_at")
        batch_op.drop_column("thanked_at")
        batch_op.drop_column("replies_count")
        batch_op.drop_column("thread_id")
        batch_op.drop_column("file_id")
        batch_op.drop_column("marks")
        batch_op.drop_column("remarks")

    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_enrollments_opened_all_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_enrollments_season_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_enrollments_season_id"))
        batch_op.drop_column("completed_at")
        batch_op.drop_column("opened_all_by_id")
        batch_op.drop_column("opened_all_at")
        batch_op.drop_column("season_id")

    with op.batch_alter_table("class_projects", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_class_projects_cloned_from_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_class_projects_trailer_file_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_class_projects_trailer_file_id"))
        batch_op.drop_index(batch_op.f("ix_class_projects_cloned_from_id"))
        batch_op.drop_column("showcase_at")
        batch_op.drop_column("cloned_from_id")
        batch_op.drop_column("publish_at")
        batch_op.drop_column("trailer_captions")
        batch_op.drop_column("trailer_file_id")

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_column("due_at")

    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_column("names_released_at")
        batch_op.drop_column("is_anonymous")
        batch_op.drop_column("rubric")

    with op.batch_alter_table("feedback_reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_reports_person_id"))
        batch_op.drop_index("ix_feedback_reports_decided_at_created_at")

    op.drop_table("feedback_reports")
    with op.batch_alter_table("peer_reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_peer_reviews_reviewer_id_assignment_id")
        batch_op.drop_index("ix_peer_reviews_open_until")
        batch_op.drop_index(batch_op.f("ix_peer_reviews_assignment_id"))

    op.drop_table("peer_reviews")
    with op.batch_alter_table("topics", schema=None) as batch_op:
        batch_op.drop_index("ix_topics_season_id_said_at")
        batch_op.drop_index("ix_topics_mailing")
        batch_op.drop_index("ix_topics_class_id_said_at")
        batch_op.drop_index(batch_op.f("ix_topics_author_id"))
        batch_op.drop_index("ix_topics_assignment_id_said_at")

    op.drop_table("topics")
    with op.batch_alter_table("showcase_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_showcase_entries_work_id"))
        batch_op.drop_index(batch_op.f("ix_showcase_entries_season_id"))
        batch_op.drop_index("ix_showcase_entries_class_id_position")

    op.drop_table("showcase_entries")
    with op.batch_alter_table("season_events", schema=None) as batch_op:
        batch_op.drop_index("ix_season_events_season_id_starts_at")

    op.drop_table("season_events")
    with op.batch_alter_table("season_dates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_season_dates_lesson_id"))
        batch_op.drop_index("ix_season_dates_due_at")
        batch_op.drop_index(batch_op.f("ix_season_dates_assignment_id"))

    op.drop_table("season_dates")
    with op.batch_alter_table("prerequisites", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prerequisites_requires_id"))
        batch_op.drop_index(batch_op.f("ix_prerequisites_class_id"))

    op.drop_table("prerequisites")
    with op.batch_alter_table("lesson_resources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lesson_resources_lesson_id"))
        batch_op.drop_index(batch_op.f("ix_lesson_resources_file_id"))

    op.drop_table("lesson_resources")
    with op.batch_alter_table("lesson_places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lesson_places_lesson_id"))

    op.drop_table("lesson_places")
    with op.batch_alter_table("learner_notes", schema=None) as batch_op:
        batch_op.drop_index("ix_learner_notes_person_id_class_id")
        batch_op.drop_index(batch_op.f("ix_learner_notes_lesson_id"))
        batch_op.drop_index(batch_op.f("ix_learner_notes_class_id"))
        batch_op.drop_index(batch_op.f("ix_learner_notes_assignment_id"))

    op.drop_table("learner_notes")
    with op.batch_alter_table("extensions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_extensions_assignment_id"))

    op.drop_table("extensions")
    with op.batch_alter_table("assignment_starts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_starts_assignment_id"))

    op.drop_table("assignment_starts")
    with op.batch_alter_table("seasons", schema=None) as batch_op:
        batch_op.drop_index("ix_seasons_starts_at")

    op.drop_table("seasons")
    with op.batch_alter_table("instructor_invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instructor_invitations_person_id"))
        batch_op.drop_index("ix_instructor_invitations_class_id_person_id")

    op.drop_table("instructor_invitations")
    with op.batch_alter_table("earnings_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_earnings_lines_person_id_period_id")
        batch_op.drop_index(batch_op.f("ix_earnings_lines_class_id"))

    op.drop_table("earnings_lines")
    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credentials_class_id"))

    op.drop_table("credentials")
    with op.batch_alter_table("class_reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_class_reviews_decided_at_sent_at")
        batch_op.drop_index("ix_class_reviews_class_id_id")

    op.drop_table("class_reviews")
    with op.batch_alter_table("class_imports", schema=None) as batch_op:
        batch_op.drop_index("ix_class_imports_state_created_at")
        batch_op.drop_index(batch_op.f("ix_class_imports_person_id"))
        batch_op.drop_index(batch_op.f("ix_class_imports_class_id"))

    op.drop_table("class_imports")
    with op.batch_alter_table("thread_follows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_thread_follows_person_id"))

    op.drop_table("thread_follows")
    with op.batch_alter_table("saved_replies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_replies_person_id"))

    op.drop_table("saved_replies")
    op.drop_table("signing_keys")
    op.drop_table("earnings_periods")
    # Files that only class projects had are no longer named by anything: they go the way of all unused ones.
    op.execute(
        sa.text(
            "UPDATE media_files SET purpose = 'lesson', attached_at = NULL WHERE " + _one_of("purpose", *NEW_PURPOSES)
        )
    )
    op.execute(sa.text("UPDATE media_files SET kind = 'audio' WHERE kind = 'document'"))
    op.execute(sa.text("DELETE FROM notifications WHERE " + _one_of("kind", *NEW_TOLD)))
    op.execute(sa.text("DELETE FROM class_instructors WHERE role = 'assistant'"))
    for table, name, old, _new in CHECKS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, old)
