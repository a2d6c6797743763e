"""several people per base, the office in chat, deliveries that can be trusted, WeCom

A contact may have left, a chat may have become unreachable, a form may be handed over; what cannot be delivered
becomes a task of the office. What a platform asks for (to wait, a token) is shared between the processes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "channel_pauses",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "external_id", name=op.f("pk_channel_pauses")),
    )
    op.create_table(
        "channel_seen",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_seen")),
    )
    op.create_table(
        "channel_tokens",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_tokens")),
    )
    op.create_table(
        "urgings",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "day", name=op.f("pk_urgings")),
    )
    op.create_index("ix_bases_waiting_for", "bases", ["waiting_for"], unique=False)
    op.create_index(
        "ix_obligations_paused", "obligations", ["base_id"], unique=False, postgresql_where="paused"
    )
    op.create_index("ix_supervisions_waiting_for", "supervisions", ["waiting_for", "state"], unique=False)
    op.create_index("ix_assessments_phase", "assessments", ["phase"], unique=False)
    op.create_table(
        "wecom_people",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wecom_people")),
        sa.UniqueConstraint("userid", name=op.f("uq_wecom_people_userid")),
    )
    op.create_table(
        "wecom_inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("taken", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["wecom_people.id"], name=op.f("fk_wecom_inbox_person_id_wecom_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wecom_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_wecom_inbox_key")),
    )
    op.create_index(
        "ix_wecom_inbox_waiting", "wecom_inbox", ["id"], unique=False, postgresql_where="NOT taken"
    )
    op.create_table(
        "wecom_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("together", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("buttons", postgresql.JSONB(), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=True),
        sa.Column("response_code", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("frozen", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["wecom_people.id"], name=op.f("fk_wecom_messages_person_id_wecom_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wecom_messages")),
    )
    op.create_index(
        "ix_wecom_messages_person_id_sent_at", "wecom_messages", ["person_id", "sent_at"], unique=False
    )
    op.create_table(
        "former_chats",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_former_chats_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("channel", "external_id", name=op.f("pk_former_chats")),
    )
    op.create_table(
        "office_tasks",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("base_id", sa.String(length=60), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["base_id"], ["bases.id"], name=op.f("fk_office_tasks_base_id_bases")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_office_tasks_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_office_tasks_key")),
    )
    op.create_index(
        "ix_office_tasks_open",
        "office_tasks",
        ["opened_at"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("obligation_id", sa.String(length=100), nullable=False),
        sa.Column("from_contact", sa.Integer(), nullable=False),
        sa.Column("to_contact", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_contact"], ["contacts.id"], name=op.f("fk_handovers_from_contact_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name=op.f("fk_handovers_obligation_id_obligations")
        ),
        sa.ForeignKeyConstraint(
            ["to_contact"], ["contacts.id"], name=op.f("fk_handovers_to_contact_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("update_id", name=op.f("uq_handovers_update_id")),
    )
    op.create_index("ix_handovers_obligation_id", "handovers", ["obligation_id"], unique=False)
    op.add_column("chats", sa.Column("deciding", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("chats", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("chats", sa.Column("unreachable_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("chats", sa.Column("unreachable_why", sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("city", sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("may_decide", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("contacts", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("deliveries", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("no", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    op.create_unique_constraint(op.f("uq_deliveries_no"), "deliveries", ["no"])
    op.create_index("ix_deliveries_contact_id", "deliveries", ["contact_id"], unique=False)
    op.create_index(
        "ix_deliveries_unsettled",
        "deliveries",
        ["base_id"],
        unique=False,
        postgresql_where="state IN ('queued', 'sending')",
    )
    op.create_index("ix_deliveries_base_id", "deliveries", ["base_id"], unique=False)
    op.create_index("ix_deliveries_queued_at", "deliveries", ["queued_at"], unique=False)
    op.add_column("obligations", sa.Column("assignee", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_obligations_assignee_contacts"), "obligations", "contacts", ["assignee"], ["id"]
    )
    op.add_column(
        "submissions",
        sa.Column("answered_by", postgresql.JSONB(), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("submissions", "answered_by")
    op.drop_constraint(op.f("fk_obligations_assignee_contacts"), "obligations", type_="foreignkey")
    op.drop_column("obligations", "assignee")
    op.drop_index("ix_deliveries_queued_at", table_name="deliveries")
    op.drop_index("ix_deliveries_base_id", table_name="deliveries")
    op.drop_index(
        "ix_deliveries_unsettled", table_name="deliveries", postgresql_where="state IN ('queued', 'sending')"
    )
    op.drop_index("ix_deliveries_contact_id", table_name="deliveries")
    op.drop_constraint(op.f("uq_deliveries_no"), "deliveries", type_="unique")
    op.drop_column("deliveries", "no")
    op.drop_column("deliveries", "tried_at")
    op.drop_column("deliveries", "attempts")
    op.drop_column("contacts", "left_at")
    op.drop_column("contacts", "may_decide")
    op.drop_column("contacts", "city")
    op.drop_column("chats", "unreachable_why")
    op.drop_column("chats", "unreachable_since")
    op.drop_column("chats", "last_used_at")
    op.drop_column("chats", "deciding")
    op.drop_index("ix_handovers_obligation_id", table_name="handovers")
    op.drop_table("handovers")
    op.drop_index("ix_office_tasks_open", table_name="office_tasks", postgresql_where="closed_at IS NULL")
    op.drop_table("office_tasks")
    op.drop_table("former_chats")
    op.drop_index("ix_wecom_messages_person_id_sent_at", table_name="wecom_messages")
    op.drop_table("wecom_messages")
    op.drop_index("ix_wecom_inbox_waiting", table_name="wecom_inbox", postgresql_where="NOT taken")
    op.drop_table("wecom_inbox")
    op.drop_table("wecom_people")
    op.drop_index("ix_assessments_phase", table_name="assessments")
    op.drop_index("ix_supervisions_waiting_for", table_name="supervisions")
    op.drop_index("ix_obligations_paused", table_name="obligations", postgresql_where="paused")
    op.drop_index("ix_bases_waiting_for", table_name="bases")
    op.drop_table("urgings")
    op.drop_table("channel_tokens")
    op.drop_table("channel_seen")
    op.drop_table("channel_pauses")
