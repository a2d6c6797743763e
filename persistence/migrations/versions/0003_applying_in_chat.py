"""applying in chat"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go up."""
    op.add_column("chats", sa.Column("intent", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("inbound", sa.Column("application_id", sa.String(length=60), nullable=True))
    op.create_foreign_key(
        op.f("fk_inbound_application_id_applications"),
        "inbound",
        "applications",
        ["application_id"],
        ["base_id"],
    )


def downgrade() -> None:
    """Go down."""
    op.drop_constraint(op.f("fk_inbound_application_id_applications"), "inbound", type_="foreignkey")
    op.drop_column("inbound", "application_id")
    op.drop_column("chats", "intent")
