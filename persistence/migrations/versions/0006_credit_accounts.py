"""credit accounts"""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go up."""


def downgrade() -> None:
    """Go down."""
