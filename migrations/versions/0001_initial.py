"""Every table of the first release.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("handle", sa.String(length=30), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_email", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("bio", sa.String(length=500), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("picture_key", sa.String(length=40), nullable=True),
        sa.Column("session_key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
        sa.UniqueConstraint("handle", name=op.f("uq_people_handle")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_claimed_email"), ["claimed_email"], unique=False)

    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("stripe_product_id", sa.String(length=255), nullable=True),
        sa.Column("create_key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("code", name=op.f("uq_plans_code")),
        sa.UniqueConstraint("create_key", name=op.f("uq_plans_create_key")),
        sa.UniqueConstraint("stripe_product_id", name=op.f("uq_plans_stripe_product_id")),
    )
    op.create_table(
        "received_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=True),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("api_version", sa.String(length=64), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=True),
        sa.Column("customer", sa.String(length=255), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "processing",
                "done",
                "ignored",
                "dead",
                name="eventstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_received_events_event_id")),
    )
    with op.batch_alter_table("received_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_received_events_created"), ["created"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_events_customer"), ["customer"], unique=False)
        batch_op.create_index("ix_received_events_due", ["state", "next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_events_type"), ["type"], unique=False)

    op.create_table(
        "spaces",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spaces")),
    )
    op.create_table(
        "threads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
    )
    op.create_table(
        "trial_uses",
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_key", name=op.f("pk_trial_uses")),
    )
    op.create_table(
        "account_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "verify_email",
                "reset_password",
                "change_email",
                name="tokenpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_account_tokens_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_tokens_token_hash")),
    )
    with op.batch_alter_table("account_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_tokens_person_id"), ["person_id"], unique=False)

    op.create_table(
        "billing_customers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=True),
        sa.Column("create_key", sa.String(length=64), nullable=False),
        sa.Column("create_email", sa.String(length=254), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_billing_customers_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_customers")),
        sa.UniqueConstraint("create_key", name=op.f("uq_billing_customers_create_key")),
        sa.UniqueConstraint("person_id", name=op.f("uq_billing_customers_person_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_billing_customers_stripe_id")),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("submission_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_comments_author_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_comments_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_comments_submission_key")),
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comments_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_comments_thread_id_id", ["thread_id", "id"], unique=False)

    op.create_table(
        "follows",
        sa.Column("follower_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("followed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("follower_id <> followed_id", name=op.f("ck_follows_not_oneself")),
        sa.ForeignKeyConstraint(["followed_id"], ["people.id"], name=op.f("fk_follows_followed_id")),
        sa.ForeignKeyConstraint(["follower_id"], ["people.id"], name=op.f("fk_follows_follower_id")),
        sa.PrimaryKeyConstraint("follower_id", "followed_id", name=op.f("pk_follows")),
    )
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follows_followed_id"), ["followed_id"], unique=False)

    op.create_table(
        "grants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "paid",
                "gift",
                "scholarship",
                "staff",
                "courtesy",
                name="grantkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_ref", sa.String(length=120), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_grants_order")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_grants_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_grants_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_grants_plan_id")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["people.id"], name=op.f("fk_grants_revoked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("source_ref", name=op.f("uq_grants_source_ref")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_person_id"), ["person_id"], unique=False)

    op.create_table(
        "handles",
        sa.Column("handle", sa.String(length=30), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_handles_person_id")),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_handles")),
    )
    with op.batch_alter_table("handles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handles_person_id"), ["person_id"], unique=False)

    op.create_table(
        "invoice_copies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("amount_due", sa.BigInteger(), nullable=False),
        sa.Column("hosted_url", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_invoice_copies_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_copies")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_invoice_copies_stripe_id")),
    )
    with op.batch_alter_table("invoice_copies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_copies_person_id"), ["person_id"], unique=False)

    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "dropped",
                "dead",
                name="mailstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mails_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_mails_dedupe_key")),
    )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.create_index("ix_mails_due", ["state", "next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_mails_person_id"), ["person_id"], unique=False)

    op.create_table(
        "media_files",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "work",
                "lesson",
                "picture",
                "cover",
                name="mediapurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum("image", "audio", "video", name="mediakind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("mime", sa.String(length=80), nullable=False),
        sa.Column("extension", sa.String(length=10), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("original_name", sa.String(length=120), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("has_audio", sa.Boolean(), nullable=False),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "uploaded",
                "processing",
                "ready",
                "failed",
                name="mediastate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("woken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("colour", sa.String(length=7), nullable=True),
        sa.Column("peaks", sa.JSON(), nullable=True),
        sa.Column("widths", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_media_files_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_media_files_public_id")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_media_files_storage_key")),
    )
    with op.batch_alter_table("media_files", schema=None) as batch_op:
        batch_op.create_index("ix_media_files_attached_at_created_at", ["attached_at", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_files_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index("ix_media_files_state_locked_until", ["state", "locked_until"], unique=False)

    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum("instructor", "staff", name="role", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("granted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["granted_by_id"], ["people.id"], name=op.f("fk_person_roles_granted_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_roles_person_id")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_roles")),
    )
    op.create_table(
        "prices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stripe_price_id", sa.String(length=255), nullable=True),
        sa.Column("lookup_key", sa.String(length=120), nullable=False),
        sa.Column("create_key", sa.String(length=64), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "interval",
            sa.Enum("month", "year", name="interval", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_behavior", sa.String(length=16), nullable=False),
        sa.Column("sellable", sa.Boolean(), nullable=False),
        sa.CheckConstraint("unit_amount >= 0", name=op.f("ck_prices_amount")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_prices_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.UniqueConstraint("create_key", name=op.f("uq_prices_create_key")),
        sa.UniqueConstraint("lookup_key", name=op.f("uq_prices_lookup_key")),
        sa.UniqueConstraint("stripe_price_id", name=op.f("uq_prices_stripe_price_id")),
    )
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prices_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "prompts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column(
            "medium",
            sa.Enum(
                "text", "image", "audio", "video", name="medium", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("takes", sa.String(length=60), nullable=False),
        sa.Column("difficulty", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "suggested",
                "published",
                "retired",
                name="promptstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_role", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("difficulty BETWEEN 1 AND 5", name=op.f("ck_prompts_difficulty")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_prompts_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompts")),
        sa.UniqueConstraint("slug", name=op.f("uq_prompts_slug")),
    )
    with op.batch_alter_table("prompts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prompts_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_prompts_state_published_at", ["state", "published_at", "id"], unique=False)

    op.create_table(
        "works",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("maker_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "medium",
            sa.Enum(
                "text", "image", "audio", "video", name="medium", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "published",
                "unpublished",
                "removed",
                "erased",
                name="workstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("space_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prompt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("current_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hearts_count", sa.BigInteger(), nullable=False),
        sa.Column("comments_count", sa.BigInteger(), nullable=False),
        sa.Column("sources_count", sa.BigInteger(), nullable=False),
        sa.Column("remixes_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["maker_id"], ["people.id"], name=op.f("fk_works_maker_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_works_space_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_works_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_works_submission_key")),
        sa.UniqueConstraint("thread_id", name=op.f("uq_works_thread_id")),
    )
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.create_index("ix_works_hearts_count", ["status", "hearts_count", "id"], unique=False)
        batch_op.create_index("ix_works_maker_id_published_at", ["maker_id", "published_at", "id"], unique=False)
        batch_op.create_index(
            "ix_works_medium_status_published_at", ["medium", "status", "published_at", "id"], unique=False
        )
        batch_op.create_index("ix_works_prompt_id_published_at", ["prompt_id", "published_at", "id"], unique=False)
        batch_op.create_index("ix_works_remixes_count", ["status", "remixes_count", "id"], unique=False)
        batch_op.create_index("ix_works_space_id_published_at", ["space_id", "published_at", "id"], unique=False)
        batch_op.create_index("ix_works_status_published_at", ["status", "published_at", "id"], unique=False)

    op.create_table(
        "checkout_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("subscription", name="checkoutkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("price_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "creating",
                "open",
                "complete",
                "expired",
                "failed",
                name="checkoutstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("session_id", sa.String(length=255), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("trial_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_checkout_attempts_person_id")),
        sa.ForeignKeyConstraint(["price_id"], ["prices.id"], name=op.f("fk_checkout_attempts_price_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout_attempts")),
        sa.UniqueConstraint("key", name=op.f("uq_checkout_attempts_key")),
        sa.UniqueConstraint("session_id", name=op.f("uq_checkout_attempts_session_id")),
    )
    with op.batch_alter_table("checkout_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checkout_attempts_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_checkout_attempts_state", ["state", "created_at"], unique=False)
        batch_op.create_index(
            "uq_checkout_attempts_unfinished",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'subscription' AND state IN ('creating', 'open')"),
            postgresql_where=sa.text("kind = 'subscription' AND state IN ('creating', 'open')"),
        )

    op.create_table(
        "class_projects",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("outcome", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_html", sa.Text(), nullable=False),
        sa.Column(
            "medium",
            sa.Enum(
                "text", "image", "audio", "video", name="medium", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum(
                "beginner",
                "intermediate",
                "advanced",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "in_review",
                "changes_requested",
                "scheduled",
                "published",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("space_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cover_file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cover_alt", sa.String(length=300), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lessons_count", sa.BigInteger(), nullable=False),
        sa.Column("assignments_count", sa.BigInteger(), nullable=False),
        sa.Column("assignments_minutes", sa.BigInteger(), nullable=False),
        sa.Column("learners_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cover_file_id"], ["media_files.id"], name=op.f("fk_class_projects_cover_file_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_class_projects_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_projects")),
        sa.UniqueConstraint("slug", name=op.f("uq_class_projects_slug")),
        sa.UniqueConstraint("space_id", name=op.f("uq_class_projects_space_id")),
    )
    with op.batch_alter_table("class_projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_class_projects_cover_file_id"), ["cover_file_id"], unique=False)
        batch_op.create_index(
            "ix_class_projects_medium_state_published_at", ["medium", "state", "published_at", "id"], unique=False
        )
        batch_op.create_index("ix_class_projects_state_published_at", ["state", "published_at", "id"], unique=False)

    op.create_table(
        "external_sources",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("licence", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_external_sources_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_sources")),
    )
    with op.batch_alter_table("external_sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_external_sources_work_id"), ["work_id"], unique=False)

    op.create_table(
        "hearts",
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_hearts_person_id")),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_hearts_work_id")),
        sa.PrimaryKeyConstraint("work_id", "person_id", name=op.f("pk_hearts")),
    )
    with op.batch_alter_table("hearts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hearts_person_id"), ["person_id"], unique=False)

    op.create_table(
        "media_renditions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("mime", sa.String(length=80), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["media_files.id"], name=op.f("fk_media_renditions_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_renditions")),
        sa.UniqueConstraint("file_id", "name", name=op.f("uq_media_renditions_file_id_name")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_media_renditions_storage_key")),
    )
    op.create_table(
        "prompt_locales",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("prompt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("takes", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name=op.f("fk_prompt_locales_prompt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_locales")),
        sa.UniqueConstraint(
            "prompt_id", "language", "country", name=op.f("uq_prompt_locales_prompt_id_language_country")
        ),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("price_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "trialing",
                "active",
                "past_due",
                "unpaid",
                "canceled",
                "incomplete",
                "incomplete_expired",
                "paused",
                name="subscriptionstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unknown_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "interval",
            sa.Enum("month", "year", name="interval", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trial_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("cancel_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_collection", sa.String(length=32), nullable=True),
        sa.Column("past_due_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest_invoice", sa.String(length=255), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_subscriptions_person_id")),
        sa.ForeignKeyConstraint(["price_id"], ["prices.id"], name=op.f("fk_subscriptions_price_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_subscriptions_stripe_id")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_subscriptions_status_period_end", ["status", "period_end"], unique=False)

    op.create_table(
        "work_tags",
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_work_tags_work_id")),
        sa.PrimaryKeyConstraint("work_id", "name", name=op.f("pk_work_tags")),
    )
    with op.batch_alter_table("work_tags", schema=None) as batch_op:
        batch_op.create_index("ix_work_tags_name_work_id", ["name", "work_id"], unique=False)

    op.create_table(
        "work_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.String(length=600), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("alt_text", sa.String(length=1000), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["media_files.id"], name=op.f("fk_work_versions_file_id")),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_work_versions_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_versions")),
        sa.UniqueConstraint("work_id", "number", name=op.f("uq_work_versions_work_id_number")),
    )
    with op.batch_alter_table("work_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_versions_file_id"), ["file_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("brief_html", sa.Text(), nullable=False),
        sa.Column("media_allowed", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("from_assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("feedback_count", sa.BigInteger(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_assignment_id <> id", name=op.f("ck_assignments_not_itself")),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_assignments_class_id")),
        sa.ForeignKeyConstraint(
            ["from_assignment_id"], ["assignments.id"], name=op.f("fk_assignments_from_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("class_id", "number", name=op.f("uq_assignments_class_id_number")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_from_assignment_id"), ["from_assignment_id"], unique=False)

    op.create_table(
        "class_instructors",
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "lead", "co_instructor", name="instructorrole", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("line", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_class_instructors_class_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_class_instructors_person_id")),
        sa.PrimaryKeyConstraint("class_id", "person_id", name=op.f("pk_class_instructors")),
    )
    with op.batch_alter_table("class_instructors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_class_instructors_person_id"), ["person_id"], unique=False)

    op.create_table(
        "enrollments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_enrollments_class_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_enrollments_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint("person_id", "class_id", name=op.f("uq_enrollments_person_id_class_id")),
    )
    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.create_index("ix_enrollments_class_id_joined_at", ["class_id", "joined_at", "id"], unique=False)

    op.create_table(
        "lessons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("captions", sa.Text(), nullable=False),
        sa.Column("captions_language", sa.String(length=12), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("is_preview", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_lessons_class_id")),
        sa.ForeignKeyConstraint(["file_id"], ["media_files.id"], name=op.f("fk_lessons_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
        sa.UniqueConstraint("class_id", "number", name=op.f("uq_lessons_class_id_number")),
    )
    with op.batch_alter_table("lessons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lessons_file_id"), ["file_id"], unique=False)

    op.create_table(
        "remix_edges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("child_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sampled",
                "built_on",
                "refined",
                "translated",
                "performed",
                "inspired_by",
                name="edgekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("child_id <> parent_id", name=op.f("ck_remix_edges_not_itself")),
        sa.ForeignKeyConstraint(["child_id"], ["works.id"], name=op.f("fk_remix_edges_child_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["works.id"], name=op.f("fk_remix_edges_parent_id")),
        sa.ForeignKeyConstraint(
            ["parent_version_id"], ["work_versions.id"], name=op.f("fk_remix_edges_parent_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remix_edges")),
        sa.UniqueConstraint("child_id", "parent_id", name=op.f("uq_remix_edges_child_id_parent_id")),
    )
    with op.batch_alter_table("remix_edges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remix_edges_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "subscription_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("subscription_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("cancel", "resume", "end", name="changekind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_subscription_changes_by_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_subscription_changes_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_subscription_changes_key")),
    )
    with op.batch_alter_table("subscription_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_changes_subscription_id"), ["subscription_id"], unique=False)

    op.create_table(
        "lesson_finishes",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_finishes_lesson_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_lesson_finishes_person_id")),
        sa.PrimaryKeyConstraint("person_id", "lesson_id", name=op.f("pk_lesson_finishes")),
    )
    with op.batch_alter_table("lesson_finishes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_finishes_lesson_id"), ["lesson_id"], unique=False)

    op.create_table(
        "outline_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("was_published", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_outline_changes_assignment_id")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_outline_changes_author_id")),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_outline_changes_class_id")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_outline_changes_lesson_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outline_changes")),
        sa.UniqueConstraint("assignment_id", "version", name=op.f("uq_outline_changes_assignment_id_version")),
        sa.UniqueConstraint("lesson_id", "version", name=op.f("uq_outline_changes_lesson_id_version")),
    )
    with op.batch_alter_table("outline_changes", schema=None) as batch_op:
        batch_op.create_index("ix_outline_changes_class_id_id", ["class_id", "id"], unique=False)

    op.create_table(
        "starter_works",
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_starter_works_assignment_id")),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_starter_works_work_id")),
        sa.PrimaryKeyConstraint("assignment_id", "work_id", name=op.f("pk_starter_works")),
    )
    with op.batch_alter_table("starter_works", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_starter_works_work_id"), ["work_id"], unique=False)

    op.create_table(
        "submissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "resubmitted",
                "reviewed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_feedback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts_count", sa.BigInteger(), nullable=False),
        sa.Column("feedback_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_submissions_assignment_id")),
        sa.ForeignKeyConstraint(["class_id"], ["class_projects.id"], name=op.f("fk_submissions_class_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_submissions_person_id")),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_submissions_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("assignment_id", "person_id", name=op.f("uq_submissions_assignment_id_person_id")),
        sa.UniqueConstraint("work_id", name=op.f("uq_submissions_work_id")),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_submissions_assignment_id_state_submitted_at",
            ["assignment_id", "state", "submitted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_submissions_class_id_state_waiting_since", ["class_id", "state", "waiting_since", "id"], unique=False
        )
        batch_op.create_index("ix_submissions_class_id_id", ["class_id", "id"], unique=False)
        batch_op.create_index("ix_submissions_person_id_class_id", ["person_id", "class_id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("work_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_version", sa.BigInteger(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("submission_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_attempts_submission_id")),
        sa.ForeignKeyConstraint(["work_version_id"], ["work_versions.id"], name=op.f("fk_attempts_work_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("submission_id", "number", name=op.f("uq_attempts_submission_id_number")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_attempts_submission_key")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempts_work_version_id"), ["work_version_id"], unique=False)

    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("works_well", sa.Text(), nullable=False),
        sa.Column("try_next", sa.Text(), nullable=False),
        sa.Column("at_seconds", sa.BigInteger(), nullable=True),
        sa.Column("by_instructor", sa.Boolean(), nullable=False),
        sa.Column("submission_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_feedback_attempt_id")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_feedback_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_feedback_submission_key")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_author_id"), ["author_id"], unique=False)

    # Works and their versions point at each other: the second arrow can be drawn only once both are there.
    with op.batch_alter_table("works") as batch:
        batch.create_foreign_key("fk_works_current_version_id", "work_versions", ["current_version_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("works") as batch:
        batch.drop_constraint("fk_works_current_version_id", type_="foreignkey")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_author_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_attempt_id"))

    op.drop_table("feedback")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempts_work_version_id"))

    op.drop_table("attempts")
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index("ix_submissions_person_id_class_id")
        batch_op.drop_index("ix_submissions_class_id_id")
        batch_op.drop_index("ix_submissions_class_id_state_waiting_since")
        batch_op.drop_index("ix_submissions_assignment_id_state_submitted_at")

    op.drop_table("submissions")
    with op.batch_alter_table("starter_works", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_starter_works_work_id"))

    op.drop_table("starter_works")
    with op.batch_alter_table("outline_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_outline_changes_class_id_id")

    op.drop_table("outline_changes")
    with op.batch_alter_table("lesson_finishes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lesson_finishes_lesson_id"))

    op.drop_table("lesson_finishes")
    with op.batch_alter_table("subscription_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_changes_subscription_id"))

    op.drop_table("subscription_changes")
    with op.batch_alter_table("remix_edges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remix_edges_parent_id"))

    op.drop_table("remix_edges")
    with op.batch_alter_table("lessons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lessons_file_id"))

    op.drop_table("lessons")
    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.drop_index("ix_enrollments_class_id_joined_at")

    op.drop_table("enrollments")
    with op.batch_alter_table("class_instructors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_class_instructors_person_id"))

    op.drop_table("class_instructors")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignments_from_assignment_id"))

    op.drop_table("assignments")
    with op.batch_alter_table("work_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_versions_file_id"))

    op.drop_table("work_versions")
    with op.batch_alter_table("work_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_work_tags_name_work_id")

    op.drop_table("work_tags")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index("ix_subscriptions_status_period_end")
        batch_op.drop_index(batch_op.f("ix_subscriptions_person_id"))

    op.drop_table("subscriptions")
    op.drop_table("prompt_locales")
    op.drop_table("media_renditions")
    with op.batch_alter_table("hearts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hearts_person_id"))

    op.drop_table("hearts")
    with op.batch_alter_table("external_sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_external_sources_work_id"))

    op.drop_table("external_sources")
    with op.batch_alter_table("class_projects", schema=None) as batch_op:
        batch_op.drop_index("ix_class_projects_state_published_at")
        batch_op.drop_index("ix_class_projects_medium_state_published_at")
        batch_op.drop_index(batch_op.f("ix_class_projects_cover_file_id"))

    op.drop_table("class_projects")
    with op.batch_alter_table("checkout_attempts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_checkout_attempts_unfinished",
            sqlite_where=sa.text("kind = 'subscription' AND state IN ('creating', 'open')"),
            postgresql_where=sa.text("kind = 'subscription' AND state IN ('creating', 'open')"),
        )
        batch_op.drop_index("ix_checkout_attempts_state")
        batch_op.drop_index(batch_op.f("ix_checkout_attempts_person_id"))

    op.drop_table("checkout_attempts")
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.drop_index("ix_works_status_published_at")
        batch_op.drop_index("ix_works_space_id_published_at")
        batch_op.drop_index("ix_works_remixes_count")
        batch_op.drop_index("ix_works_prompt_id_published_at")
        batch_op.drop_index("ix_works_medium_status_published_at")
        batch_op.drop_index("ix_works_maker_id_published_at")
        batch_op.drop_index("ix_works_hearts_count")

    op.drop_table("works")
    with op.batch_alter_table("prompts", schema=None) as batch_op:
        batch_op.drop_index("ix_prompts_state_published_at")
        batch_op.drop_index(batch_op.f("ix_prompts_author_id"))

    op.drop_table("prompts")
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prices_plan_id"))

    op.drop_table("prices")
    op.drop_table("person_roles")
    with op.batch_alter_table("media_files", schema=None) as batch_op:
        batch_op.drop_index("ix_media_files_state_locked_until")
        batch_op.drop_index(batch_op.f("ix_media_files_owner_id"))
        batch_op.drop_index("ix_media_files_attached_at_created_at")

    op.drop_table("media_files")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mails_person_id"))
        batch_op.drop_index("ix_mails_due")

    op.drop_table("mails")
    with op.batch_alter_table("invoice_copies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invoice_copies_person_id"))

    op.drop_table("invoice_copies")
    with op.batch_alter_table("handles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handles_person_id"))

    op.drop_table("handles")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_person_id"))

    op.drop_table("grants")
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follows_followed_id"))

    op.drop_table("follows")
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index("ix_comments_thread_id_id")
        batch_op.drop_index(batch_op.f("ix_comments_author_id"))

    op.drop_table("comments")
    op.drop_table("billing_customers")
    with op.batch_alter_table("account_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_tokens_person_id"))

    op.drop_table("account_tokens")
    op.drop_table("trial_uses")
    op.drop_table("threads")
    op.drop_table("spaces")
    with op.batch_alter_table("received_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_received_events_type"))
        batch_op.drop_index("ix_received_events_due")
        batch_op.drop_index(batch_op.f("ix_received_events_customer"))
        batch_op.drop_index(batch_op.f("ix_received_events_created"))

    op.drop_table("received_events")
    op.drop_table("plans")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_people_claimed_email"))

    op.drop_table("people")
