"""assessment and funds"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

_MONEY = sa.Numeric(precision=12, scale=2)
_INSTANT = sa.DateTime(timezone=True)
_BASE = ["base_id"], ["bases.id"]
_ASSESSMENT = ["assessment_id"], ["assessments.id"]


def upgrade() -> None:
    """Go up."""
    _funds()
    _assessments()
    _evaluators()


def _funds() -> None:
    op.create_table(
        "recalls",
        sa.Column("base_id", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("amount", _MONEY, nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(*_BASE, name=op.f("fk_recalls_base_id_bases")),
        sa.PrimaryKeyConstraint("base_id", "seq", name=op.f("pk_recalls")),
    )
    op.create_table(
        "recall_instalments",
        sa.Column("base_id", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("amount", _MONEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["base_id", "seq"],
            ["recalls.base_id", "recalls.seq"],
            name=op.f("fk_recall_instalments_base_id_recalls"),
        ),
        sa.PrimaryKeyConstraint("base_id", "seq", "due", name=op.f("pk_recall_instalments")),
    )
    op.create_table(
        "recoveries",
        sa.Column("base_id", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("amount", _MONEY, nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(*_BASE, name=op.f("fk_recoveries_base_id_bases")),
        sa.PrimaryKeyConstraint("base_id", "seq", name=op.f("pk_recoveries")),
    )


def _assessments() -> None:
    op.create_table(
        "assessments",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("base_id", sa.String(length=60), nullable=False),
        sa.Column("year", sa.String(length=4), nullable=False),
        sa.Column("self_report", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("due", _INSTANT, nullable=True),
        sa.Column("waiting_for", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("scoring_closed_at", _INSTANT, nullable=True),
        sa.Column("result", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("appeal_until", _INSTANT, nullable=True),
        sa.Column("appealed_at", _INSTANT, nullable=True),
        sa.Column("appeal", sa.String(length=64), nullable=True),
        sa.Column("appeal_state", sa.Text(), nullable=True),
        sa.Column("resolution", sa.String(length=64), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(*_BASE, name=op.f("fk_assessments_base_id_bases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        sa.UniqueConstraint("base_id", "year", name=op.f("uq_assessments_base_id")),
    )
    op.create_index("ix_assessments_year_id", "assessments", ["year", "id"])
    op.create_table(
        "assessment_timeline",
        sa.Column("assessment_id", sa.String(length=100), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(*_ASSESSMENT, name=op.f("fk_assessment_timeline_assessment_id_assessments")),
        sa.PrimaryKeyConstraint("assessment_id", "seq", name=op.f("pk_assessment_timeline")),
    )
    op.create_table(
        "assessment_texts",
        sa.Column("assessment_id", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(*_ASSESSMENT, name=op.f("fk_assessment_texts_assessment_id_assessments")),
        sa.PrimaryKeyConstraint("assessment_id", "digest", name=op.f("pk_assessment_texts")),
    )


def _evaluators() -> None:
    op.create_table(
        "evaluators",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("year", sa.String(length=4), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluators")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_evaluators_token_hash")),
        sa.UniqueConstraint("year", "name", "organisation", name=op.f("uq_evaluators_year")),
    )
    op.create_table(
        "evaluator_bases",
        sa.Column("evaluator_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.String(length=60), nullable=False),
        sa.Column("recused", sa.Text(), nullable=True),
        sa.Column("recused_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["evaluator_id"], ["evaluators.id"], name=op.f("fk_evaluator_bases_evaluator_id_evaluators")
        ),
        sa.ForeignKeyConstraint(*_BASE, name=op.f("fk_evaluator_bases_base_id_bases")),
        sa.PrimaryKeyConstraint("evaluator_id", "base_id", name=op.f("pk_evaluator_bases")),
    )
    op.create_index("ix_evaluator_bases_base_id", "evaluator_bases", ["base_id"])
    op.create_table(
        "evaluations",
        sa.Column("evaluator_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.String(length=60), nullable=False),
        sa.Column("items", postgresql.JSONB(), nullable=False),
        sa.Column("total", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluator_id", "base_id"],
            ["evaluator_bases.evaluator_id", "evaluator_bases.base_id"],
            name=op.f("fk_evaluations_evaluator_id_evaluator_bases"),
        ),
        sa.PrimaryKeyConstraint("evaluator_id", "base_id", name=op.f("pk_evaluations")),
    )


def downgrade() -> None:
    """Go down."""
    for table in (
        "evaluations",
        "evaluator_bases",
        "evaluators",
        "assessment_texts",
        "assessment_timeline",
        "assessments",
        "recoveries",
        "recall_instalments",
        "recalls",
    ):
        op.drop_table(table)
