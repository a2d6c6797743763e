"""credit accounts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go up."""
    op.create_index("ix_credit_records_name", "credit_records", ["name"])
    op.create_table(
        "credit_accounts",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start", sa.Numeric(6, 2), nullable=False),
        sa.Column("total", sa.Numeric(6, 2), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_accounts")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_credit_accounts_credit_code")),
    )
    op.create_table(
        "credit_names",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_accounts.id"], name=op.f("fk_credit_names_account_id_credit_accounts")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_credit_names")),
    )
    op.create_index("ix_credit_names_account_id", "credit_names", ["account_id"])
    op.create_table(
        "credit_events",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.String(length=60), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("nominal", sa.Numeric(6, 2), nullable=False),
        sa.Column("points", sa.Numeric(6, 2), nullable=False),
        sa.Column("total", sa.Numeric(6, 2), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("grade_before", sa.String(length=1), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_accounts.id"], name=op.f("fk_credit_events_account_id_credit_accounts")
        ),
        sa.ForeignKeyConstraint(["base_id"], ["bases.id"], name=op.f("fk_credit_events_base_id_bases")),
        sa.ForeignKeyConstraint(
            ["corrects"], ["credit_events.id"], name=op.f("fk_credit_events_corrects_credit_events")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_events")),
        sa.UniqueConstraint("corrects", name=op.f("uq_credit_events_corrects")),
        sa.UniqueConstraint("key", name=op.f("uq_credit_events_key")),
    )
    op.create_index("ix_credit_events_account_id_id", "credit_events", ["account_id", "id"])
    op.create_table(
        "credit_findings",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("end_kind", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("end_document_no", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["credit_accounts.id"],
            name=op.f("fk_credit_findings_account_id_credit_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_findings")),
        sa.UniqueConstraint("account_id", "document_no", name=op.f("uq_credit_findings_account_id")),
    )


def downgrade() -> None:
    """Go down."""
    for table in ("credit_findings", "credit_events", "credit_names", "credit_accounts"):
        op.drop_table(table)
    op.drop_index("ix_credit_records_name", "credit_records")
