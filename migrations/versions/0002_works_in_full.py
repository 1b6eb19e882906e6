"""Works in full: resumable uploads, drafts, series, captions, suggestions, disputes, sets, notifications, ended sessions.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_sessions",
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_ended_sessions")),
    )
    with op.batch_alter_table("ended_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ended_sessions_ended_at"), ["ended_at"], unique=False)

    op.create_table(
        "collections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=True),
        sa.Column("items_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_collections_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint("once", name=op.f("uq_collections_once")),
    )
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.create_index("ix_collections_owner_id_touched_at", ["owner_id", "touched_at", "id"], unique=False)

    op.create_table(
        "composer_drafts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_composer_drafts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_composer_drafts")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_composer_drafts_person_id_key")),
    )
    with op.batch_alter_table("composer_drafts", schema=None) as batch_op:
        batch_op.create_index("ix_composer_drafts_person_id_touched_at", ["person_id", "touched_at"], unique=False)

    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "commented",
                "remixed",
                "feedback",
                "source_suggested",
                "suggestion_decided",
                "edge_disputed",
                "dispute_answered",
                "followed",
                name="notificationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_notifications_actor_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notifications_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notifications_dedupe_key")),
    )
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notifications_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index("ix_notifications_person_id_id", ["person_id", "id"], unique=False)
        batch_op.create_index("ix_notifications_person_id_seen_at", ["person_id", "seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notifications_work_id"), ["work_id"], unique=False)

    op.create_table(
        "collection_items",
        sa.Column("collection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("fk_collection_items_collection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_collection_items_work_id")),
        sa.PrimaryKeyConstraint("collection_id", "work_id", name=op.f("pk_collection_items")),
    )
    with op.batch_alter_table("collection_items", schema=None) as batch_op:
        batch_op.create_index(
            "ix_collection_items_collection_id_position", ["collection_id", "position", "work_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_collection_items_work_id"), ["work_id"], unique=False)

    op.create_table(
        "source_suggestions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("child_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("suggested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sampled",
                "built_on",
                "refined",
                "translated",
                "performed",
                "inspired_by",
                name="suggestionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "withdrawn",
                name="suggestionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("child_id <> parent_id", name=op.f("ck_source_suggestions_not_itself")),
        sa.ForeignKeyConstraint(["child_id"], ["works.id"], name=op.f("fk_source_suggestions_child_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["works.id"], name=op.f("fk_source_suggestions_parent_id")),
        sa.ForeignKeyConstraint(["suggested_by_id"], ["people.id"], name=op.f("fk_source_suggestions_suggested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_suggestions")),
    )
    with op.batch_alter_table("source_suggestions", schema=None) as batch_op:
        batch_op.create_index("ix_source_suggestions_child_id_state", ["child_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_suggestions_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_suggestions_suggested_by_id"), ["suggested_by_id"], unique=False)

    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("image", "audio", "video", name="uploadkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("original_name", sa.String(length=120), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "finished", "refused", name="uploadstate", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["media_files.id"], name=op.f("fk_uploads_file_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_uploads_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("public_id", name=op.f("uq_uploads_public_id")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uploads_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_uploads_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index("ix_uploads_state_touched_at", ["state", "touched_at"], unique=False)

    op.create_table(
        "work_pictures",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alt_text", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["media_files.id"], name=op.f("fk_work_pictures_file_id")),
        sa.ForeignKeyConstraint(["version_id"], ["work_versions.id"], name=op.f("fk_work_pictures_version_id")),
        sa.PrimaryKeyConstraint("version_id", "position", name=op.f("pk_work_pictures")),
    )
    with op.batch_alter_table("work_pictures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_pictures_file_id"), ["file_id"], unique=False)

    op.create_table(
        "edge_disputes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("reply", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["edge_id"], ["remix_edges.id"], name=op.f("fk_edge_disputes_edge_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_edge_disputes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edge_disputes")),
    )
    with op.batch_alter_table("edge_disputes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edge_disputes_edge_id"), ["edge_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_edge_disputes_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("media_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recipe", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("stage", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("progress", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("heights", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("blur", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("has_preview", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("poster_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("loudness", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("true_peak", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("provenance", sa.JSON(), nullable=True))

    with op.batch_alter_table("media_renditions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sha256", sa.String(length=64), nullable=True))

    with op.batch_alter_table("work_versions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "layout",
                sa.Enum(
                    "prose",
                    "poem",
                    "screenplay",
                    name="textlayout",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=False,
                server_default="prose",
            )
        )
        batch_op.add_column(sa.Column("captions", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("work_versions", schema=None) as batch_op:
        batch_op.drop_column("captions")
        batch_op.drop_constraint("textlayout", type_="check")
        batch_op.drop_column("layout")

    with op.batch_alter_table("media_renditions", schema=None) as batch_op:
        batch_op.drop_column("sha256")

    with op.batch_alter_table("media_files", schema=None) as batch_op:
        batch_op.drop_column("provenance")
        batch_op.drop_column("true_peak")
        batch_op.drop_column("loudness")
        batch_op.drop_column("poster_ms")
        batch_op.drop_column("has_preview")
        batch_op.drop_column("blur")
        batch_op.drop_column("heights")
        batch_op.drop_column("progress")
        batch_op.drop_column("stage")
        batch_op.drop_column("recipe")

    with op.batch_alter_table("edge_disputes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edge_disputes_person_id"))
        batch_op.drop_index(batch_op.f("ix_edge_disputes_edge_id"))

    op.drop_table("edge_disputes")
    with op.batch_alter_table("work_pictures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_pictures_file_id"))

    op.drop_table("work_pictures")
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.drop_index("ix_uploads_state_touched_at")
        batch_op.drop_index(batch_op.f("ix_uploads_owner_id"))
        batch_op.drop_index(batch_op.f("ix_uploads_file_id"))

    op.drop_table("uploads")
    with op.batch_alter_table("source_suggestions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_suggestions_suggested_by_id"))
        batch_op.drop_index(batch_op.f("ix_source_suggestions_parent_id"))
        batch_op.drop_index("ix_source_suggestions_child_id_state")

    op.drop_table("source_suggestions")
    with op.batch_alter_table("collection_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_collection_items_work_id"))
        batch_op.drop_index("ix_collection_items_collection_id_position")

    op.drop_table("collection_items")
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notifications_work_id"))
        batch_op.drop_index("ix_notifications_person_id_seen_at")
        batch_op.drop_index("ix_notifications_person_id_id")
        batch_op.drop_index(batch_op.f("ix_notifications_actor_id"))

    op.drop_table("notifications")
    with op.batch_alter_table("composer_drafts", schema=None) as batch_op:
        batch_op.drop_index("ix_composer_drafts_person_id_touched_at")

    op.drop_table("composer_drafts")
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.drop_index("ix_collections_owner_id_touched_at")

    op.drop_table("collections")
    with op.batch_alter_table("ended_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ended_sessions_ended_at"))

    op.drop_table("ended_sessions")
