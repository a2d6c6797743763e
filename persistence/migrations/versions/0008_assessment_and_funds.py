"""assessment and funds"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Go up."""


def downgrade() -> None:
    """Go down."""
