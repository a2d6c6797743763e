"""figures by period, files of the local channel

Adding up five million figures takes two thirds of a second, and more beside anything else; most of them are of
months long past. Their sums are kept with a mark of the reports that they were made of.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "period_sums",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("mark", sa.Numeric(), nullable=False),
        sa.Column("sums", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "period", "city", name=op.f("pk_period_sums")),
    )
    op.create_table(
        "local_files",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["local_messages.id"], name=op.f("fk_local_files_message_id_local_messages")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_local_files")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("local_files")
    op.drop_table("period_sums")
