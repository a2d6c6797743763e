"""recurring obligations: suspensions, review, deputies"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go up."""
    op.add_column("bases", sa.Column("department", sa.Text(), nullable=True))
    op.add_column("base_contacts", sa.Column("role", sa.Text(), server_default="联系人", nullable=False))
    op.create_table(
        "suspensions",
        sa.Column("base_id", sa.String(length=60), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["bases.id"], name=op.f("fk_suspensions_base_id_bases")),
        sa.PrimaryKeyConstraint("base_id", "first", name=op.f("pk_suspensions")),
    )
    op.alter_column("obligations", "period", type_=sa.String(length=20))
    op.add_column("obligations", sa.Column("schedule", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("obligations", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("obligations", sa.Column("returns", sa.Integer(), server_default="0", nullable=False))
    op.add_column("obligations", sa.Column("review_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("obligations", sa.Column("paused", sa.Boolean(), server_default="false", nullable=False))
    op.execute(
        "UPDATE obligations SET version = 1 "
        "WHERE id IN (SELECT obligation_id FROM submissions WHERE submissions.version = 1)"
    )
    op.create_table(
        "obligation_decisions",
        sa.Column("obligation_id", sa.String(length=100), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("update_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["obligation_id"],
            ["obligations.id"],
            name=op.f("fk_obligation_decisions_obligation_id_obligations"),
        ),
        sa.PrimaryKeyConstraint("obligation_id", "seq", name=op.f("pk_obligation_decisions")),
    )
    op.create_table(
        "known_calendar",
        sa.Column("known_through", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("known_through", name=op.f("pk_known_calendar")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("known_calendar")
    op.drop_table("obligation_decisions")
    for column in ("paused", "review_until", "returns", "version", "schedule"):
        op.drop_column("obligations", column)
    op.alter_column("obligations", "period", type_=sa.String(length=10))
    op.drop_table("suspensions")
    op.drop_column("base_contacts", "role")
    op.drop_column("bases", "department")
