"""supervision"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_PDF = "application/pdf"


def upgrade() -> None:
    """Go up."""
    op.add_column("documents", sa.Column("media_type", sa.Text(), server_default=_PDF, nullable=False))
    _supervisions()
    _texts()
    _findings()
    _rectifications()
    _documents()


def _supervisions() -> None:
    op.create_table(
        "supervisions",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("base_id", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("self_report", sa.Text(), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("approach", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=False),
        sa.Column("visited", sa.Date(), nullable=True),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.Column("remark", sa.String(length=64), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["bases.id"], name=op.f("fk_supervisions_base_id_bases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisions")),
        sa.UniqueConstraint("base_id", "period", name=op.f("uq_supervisions_base_id")),
    )
    op.create_index("ix_supervisions_period_id", "supervisions", ["period", "id"])
    op.create_index("ix_supervisions_state_until", "supervisions", ["state", "until"])


def _texts() -> None:
    op.create_table(
        "supervision_texts",
        sa.Column("supervision_id", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        _of_supervision("supervision_texts"),
        sa.PrimaryKeyConstraint("supervision_id", "digest", name=op.f("pk_supervision_texts")),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("supervision_id", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("text", sa.String(length=64), nullable=False),
        sa.Column("documents", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        _of_supervision("findings"),
        sa.PrimaryKeyConstraint("supervision_id", "number", name=op.f("pk_findings")),
    )


def _rectifications() -> None:
    op.create_table(
        "rectifications",
        sa.Column("obligation_id", sa.String(length=100), nullable=False),
        sa.Column("supervision_id", sa.String(length=100), nullable=True),
        sa.Column("finding", sa.Integer(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _of_supervision("rectifications"),
        sa.PrimaryKeyConstraint("obligation_id", name=op.f("pk_rectifications")),
        sa.UniqueConstraint("supervision_id", "finding", name=op.f("uq_rectifications_supervision_id")),
    )


def _documents() -> None:
    op.create_table(
        "supervision_documents",
        sa.Column("supervision_id", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        _of_supervision("supervision_documents"),
        sa.ForeignKeyConstraint(
            ["sha256"], ["documents.sha256"], name=op.f("fk_supervision_documents_sha256_documents")
        ),
        sa.PrimaryKeyConstraint("supervision_id", "sha256", name=op.f("pk_supervision_documents")),
    )
    op.create_index("ix_supervision_documents_sha256", "supervision_documents", ["sha256"])


def _of_supervision(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_supervision_id_supervisions")
    return sa.ForeignKeyConstraint(["supervision_id"], ["supervisions.id"], name=name)


def downgrade() -> None:
    """Go down."""
    for table in (
        "supervision_documents",
        "rectifications",
        "findings",
        "supervision_texts",
        "supervisions",
    ):
        op.drop_table(table)
    op.drop_column("documents", "media_type")
