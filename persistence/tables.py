"""The tables. PostgreSQL is the system of record for people, documents, submissions, decisions and deliveries.

Instants are business time unless a column says otherwise; money is numeric in 万元 with two decimals.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Instant = DateTime(timezone=True)
_Money = Numeric(12, 2)

rounds = Table(
    "rounds",
    metadata,
    Column("slug", String(20), primary_key=True),
    Column("title", Text, nullable=False),
    Column("announced_on", Date),
    Column("briefing_on", Date),
    Column("deadline", _Instant),
    Column("deadline_clause", Text),
    Column(
        "terms", JSONB(none_as_null=True)
    ),  # what its workflow began with; null: run by hand, base by base
    Column("phase", Text),
    Column("since", _Instant),
    Column("seq", Integer, nullable=False, server_default="0"),
    Column("scoring_closed_at", _Instant),
    Column("notice_first", Date),
    Column("notice_last", Date),
    Column("publication_no", Text),
)

round_timeline = Table(
    "round_timeline",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("round", ForeignKey("rounds.slug"), nullable=False),
    Column("key", Text, nullable=False),
    Column("at", _Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    UniqueConstraint("round", "key"),
)

directions = Table(
    "directions",
    metadata,
    Column("round", ForeignKey("rounds.slug"), nullable=False),
    Column("no", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("focus", Text, nullable=False),
    Column("majors", ARRAY(Text), nullable=False),
    Column("clause", Text, nullable=False),
    PrimaryKeyConstraint("round", "no"),
)

bases = Table(
    "bases",
    metadata,
    Column("id", String(60), primary_key=True),
    Column(
        "code", String(60), nullable=False, unique=True
    ),  # the office's own number: makes registering idempotent
    Column("round", ForeignKey("rounds.slug"), nullable=False),
    Column("direction", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("lead_kind", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("planned_total", _Money),
    Column("opening_total", _Money),  # invested before the first report to this system
    Column("stage", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("since", _Instant, nullable=False),
    Column("waiting_for", Text, nullable=False),
    Column("next_due", _Instant),  # of the step itself; obligations have their own
    Column("pilot_start", Date),
    Column("certificate_no", Text),
    Column("certified_on", Date),
    Column("title", Text),
    Column("gone_on", Date),
    Column("department", Text),  # 行业主管部门 (B10); null: not known
    Column("seq", Integer, nullable=False, server_default="0"),
    Index("ix_bases_stage_id", "stage", "id"),
    Index("ix_bases_round_direction", "round", "direction"),
    Index("ix_bases_waiting_for", "waiting_for"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("at", _Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("stage", Text),
    Column("step", Text),
    Column("detail", JSONB, nullable=False),
    UniqueConstraint("base_id", "key"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("department", Text),  # of a member unit's contact, who is reminded of what the unit has to do
    Column("city", Text),  # of a city office's contact
    Column("may_decide", Boolean, nullable=False, server_default="false"),  # in chat, for the unit or office
    Column("left_at", _Instant),  # answers for nothing any more
)

base_contacts = Table(
    "base_contacts",
    metadata,
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("role", Text, nullable=False, server_default="联系人"),  # see domain.terms.ContactRole
    PrimaryKeyConstraint("base_id", "contact_id"),
    Index("ix_base_contacts_contact_id", "contact_id"),
)

suspensions = Table(
    "suspensions",
    metadata,
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date),  # included; null: it still stands still
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("base_id", "first"),
)

obligations = Table(
    "obligations",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("no", Integer, Identity(), nullable=False, unique=True),  # short enough for a button
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("period", String(20), nullable=False),
    Column("opens", _Instant, nullable=False),
    Column("due", _Instant, nullable=False),  # exclusive
    Column("locks", _Instant, nullable=False),  # exclusive
    Column("state", Text, nullable=False),
    Column("ended_at", _Instant),  # handed in (the newest version), or locked
    Column("on_time", Boolean),  # by the first version
    Column("tentative", Boolean, nullable=False),
    Column("schedule", JSONB(none_as_null=True)),  # the whole plan; null: from before there was one on record
    Column("version", Integer, nullable=False, server_default="0"),  # of what was handed in last
    Column("returns", Integer, nullable=False, server_default="0"),
    Column("review_until", _Instant),  # exclusive
    Column("paused", Boolean, nullable=False, server_default="false"),
    Column("assignee", ForeignKey("contacts.id")),  # to whom the form was handed over (转交)
    UniqueConstraint("base_id", "kind", "period"),
    Index("ix_obligations_period_id", "period", "id"),
    Index("ix_obligations_state_due", "state", "due"),
    Index("ix_obligations_paused", "base_id", postgresql_where="paused"),
)

submissions = Table(
    "submissions",
    metadata,
    Column("obligation_id", ForeignKey("obligations.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", _Instant, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column(
        "answered_by", JSONB, nullable=False, server_default="{}"
    ),  # by key of the question: whose answer it is
    PrimaryKeyConstraint("obligation_id", "version"),
)

obligation_decisions = Table(
    "obligation_decisions",
    metadata,
    Column("obligation_id", ForeignKey("obligations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", _Instant, nullable=False),
    Column("kind", Text, nullable=False),  # see domain/obligation_decisions.py
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("version", Integer, nullable=False),  # of the figures that it was about
    Column("detail", JSONB, nullable=False),
    Column("update_id", Text),  # of the update that asked for it
    PrimaryKeyConstraint("obligation_id", "seq"),
)

figures = Table(
    "figures",
    metadata,
    Column("obligation_id", ForeignKey("obligations.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("number", _Money),
    Column("text", Text),
    PrimaryKeyConstraint("obligation_id", "version", "key"),
)

chats = Table(
    "chats",
    metadata,
    Column("channel", String(20), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("current_obligation", ForeignKey("obligations.id")),
    Column("current_application", ForeignKey("applications.base_id")),
    Column(
        "intent", JSONB(none_as_null=True)
    ),  # an application that is about to be registered, see domain/forms/intent.py
    Column(
        "deciding", JSONB(none_as_null=True)
    ),  # a decision of the office that waits for its reason or a yes
    Column("last_used_at", _Instant),  # the machine's time of what came in last
    Column("unreachable_since", _Instant),
    Column("unreachable_why", Text),
    PrimaryKeyConstraint("channel", "external_id"),
    Index("ix_chats_contact_id", "contact_id"),
)

former_chats = Table(
    "former_chats",  # of people who have left; a row goes once its chat was told so
    metadata,
    Column("channel", String(20), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    PrimaryKeyConstraint("channel", "external_id"),
)

inbound = Table(
    "inbound",
    metadata,
    Column("channel", String(20), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("update_id", BigInteger, nullable=False),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("obligation_id", ForeignKey("obligations.id")),
    Column("application_id", ForeignKey("applications.base_id")),
    Column("received_at", _Instant, nullable=False, server_default=func.now()),  # the machine's time
    Column("deliveries", Integer, nullable=False, server_default="1"),
    PrimaryKeyConstraint("channel", "external_id", "update_id"),
)

applications = Table(
    "applications",
    metadata,
    Column("base_id", ForeignKey("bases.id"), primary_key=True),
    Column("values", JSONB, nullable=False),  # canonical texts by key, see domain/forms/application.py
    Column("draft", JSONB, nullable=False),  # where the dialogue in chat stands
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("handled", ARRAY(Text), nullable=False, server_default="{}"),  # the newest update ids
    Column("answered", JSONB, nullable=False, server_default="{}"),  # when each question was answered last
    Column("expedited", Boolean, nullable=False, server_default="false"),  # the office decided on 简化遴选
    Column("updated_at", _Instant, nullable=False),
    Column("updated_by", Text, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("pages", Integer, nullable=False),  # 0: a photo
    Column("media_type", Text, nullable=False, server_default="application/pdf"),
    Column("stored_at", _Instant, nullable=False, server_default=func.now()),  # the machine's time
)

materials = Table(
    "materials",
    metadata,
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("item", Text, nullable=False),  # see domain/policy/materials.py
    Column("version", Integer, nullable=False),
    Column("sha256", ForeignKey("documents.sha256"), nullable=False),
    Column("filename", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("started_at", _Instant, nullable=False),  # when the upload began: that is what counts
    Column("stored_at", _Instant, nullable=False),
    PrimaryKeyConstraint("base_id", "item", "version"),
)

upload_links = Table(
    "upload_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("expires_at", _Instant, nullable=False),  # the machine's time
)

credit_records = Table(
    "credit_records",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("credit_code", String(18), nullable=False),  # 统一社会信用代码
    Column("kind", Text, nullable=False),  # see domain/policy/credit.py
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),  # last day; null: still in force
    Column("source", Text, nullable=False),
    UniqueConstraint("credit_code", "kind", "effective_from"),
    Index("ix_credit_records_name", "name"),
)

credit_accounts = Table(
    "credit_accounts",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("credit_code", String(18), unique=True),  # 统一社会信用代码 of the lead; null: not known
    Column("opened_at", _Instant, nullable=False),
    Column("start", Numeric(6, 2), nullable=False),  # points
    Column("total", Numeric(6, 2), nullable=False),  # points, after the last entry
)

credit_names = Table(
    "credit_names",
    metadata,
    Column("name", Text, primary_key=True),  # under which a lead is registered
    Column("account_id", ForeignKey("credit_accounts.id"), nullable=False),
    Index("ix_credit_names_account_id", "account_id"),
)

credit_events = Table(
    "credit_events",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),  # entries count in this order
    Column("account_id", ForeignKey("credit_accounts.id"), nullable=False),
    Column("base_id", ForeignKey("bases.id")),  # null: about the lead itself
    Column("key", Text, nullable=False, unique=True),
    Column("at", _Instant, nullable=False),
    Column("reason", Text, nullable=False),  # see domain/policy/credit_account.py
    Column("nominal", Numeric(6, 2), nullable=False),  # points by the table
    Column("points", Numeric(6, 2), nullable=False),  # what the total changed by
    Column("total", Numeric(6, 2), nullable=False),  # afterwards
    Column("grade", String(1), nullable=False),
    Column("grade_before", String(1), nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("corrects", ForeignKey("credit_events.id"), unique=True),  # the entry that this one takes back
    Index("ix_credit_events_account_id_id", "account_id", "id"),
)

credit_findings = Table(
    "credit_findings",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("account_id", ForeignKey("credit_accounts.id"), nullable=False),
    Column("lead", Text, nullable=False),
    Column("credit_code", String(18)),  # of the entry in credit_records, if there is one
    Column("kind", Text, nullable=False),  # see domain/policy/credit_finding.py
    Column("reason", Text, nullable=False),
    Column("document_no", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),  # last day; null: until it is ended
    Column("at", _Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("end_kind", Text),  # 失信修复 or 更正; null: it stands
    Column("end_reason", Text),
    Column("end_document_no", Text),
    Column("ended_at", _Instant),
    Column("ended_by", Text),
    UniqueConstraint("account_id", "document_no"),
)

supervisions = Table(
    "supervisions",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("period", String(20), nullable=False),
    Column("self_report", Text, nullable=False),  # what became of the self-check
    Column("grade", String(1), nullable=False),
    Column("approach", Text, nullable=False),  # see domain/policy/supervision.py
    Column("opened_at", _Instant, nullable=False),
    Column("until", _Instant, nullable=False),  # exclusive: when the office is late
    Column("state", Text, nullable=False),
    Column("since", _Instant, nullable=False),
    Column("waiting_for", Text, nullable=False),
    Column("visited", Date),
    Column("conclusion", Text),
    Column("remark", String(64)),  # digest of a text
    Column("seq", Integer, nullable=False),
    UniqueConstraint("base_id", "period"),
    Index("ix_supervisions_period_id", "period", "id"),
    Index("ix_supervisions_state_until", "state", "until"),
    Index("ix_supervisions_waiting_for", "waiting_for", "state"),
)

supervision_texts = Table(
    "supervision_texts",
    metadata,
    Column("supervision_id", ForeignKey("supervisions.id"), nullable=False),
    Column("digest", String(64), nullable=False),  # see casework/supervision.py
    Column("text", Text, nullable=False),  # what was found, or a remark
    Column("requirement", Text),  # what is to be put right
    Column("owner", Text),  # who is responsible for it
    PrimaryKeyConstraint("supervision_id", "digest"),
)

findings = Table(
    "findings",
    metadata,
    Column("supervision_id", ForeignKey("supervisions.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("text", String(64), nullable=False),  # digest
    Column("documents", ARRAY(String(64)), nullable=False),
    Column("found_on", Date, nullable=False),
    PrimaryKeyConstraint("supervision_id", "number"),
)

rectifications = Table(
    "rectifications",
    metadata,
    Column("obligation_id", String(100), primary_key=True),
    Column("supervision_id", ForeignKey("supervisions.id")),  # null: not ordered by a supervision
    Column("finding", Integer),
    Column("severity", Text),
    Column("requirement", Text, nullable=False),  # what is to be put right
    Column("owner", Text, nullable=False),  # who is responsible for it at the base
    Column("ordered_on", Date, nullable=False),
    Column(
        "deadline", Date, nullable=False
    ),  # the last day, as ordered; what holds now stands with the obligation
    Column("state", Text, nullable=False),
    UniqueConstraint("supervision_id", "finding"),
)

supervision_documents = Table(
    "supervision_documents",
    metadata,
    Column("supervision_id", ForeignKey("supervisions.id"), nullable=False),
    Column("sha256", ForeignKey("documents.sha256"), nullable=False),
    Column("filename", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("stored_at", _Instant, nullable=False),
    PrimaryKeyConstraint("supervision_id", "sha256"),
    Index("ix_supervision_documents_sha256", "sha256"),
)

experts = Table(
    "experts",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("round", ForeignKey("rounds.slug"), nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("phone", Text),
    Column("directions", ARRAY(Integer), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("expires_at", _Instant, nullable=False),  # business time
    Column("revoked_at", _Instant),
    UniqueConstraint("round", "name", "organisation"),
)

recusals = Table(
    "recusals",
    metadata,
    Column("expert_id", ForeignKey("experts.id"), nullable=False),
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", _Instant, nullable=False),
    PrimaryKeyConstraint("expert_id", "base_id"),
)

scores = Table(
    "scores",
    metadata,
    Column("expert_id", ForeignKey("experts.id"), nullable=False),
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("items", JSONB, nullable=False),  # points by item of the rubric
    Column("total", Numeric(5, 2), nullable=False),
    Column("method", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", _Instant, nullable=False),
    PrimaryKeyConstraint("expert_id", "base_id"),
    Index("ix_scores_base_id", "base_id"),
)

listings = Table(
    "listings",
    metadata,
    Column("base_id", ForeignKey("bases.id"), primary_key=True),
    Column("round", ForeignKey("rounds.slug"), nullable=False),
    Column("level", Text, nullable=False),
    Column("score", Numeric(5, 2)),  # null: not enough scores
    Column("scores", Integer, nullable=False),
    Column("outliers", Integer, nullable=False),
    Column("rank", Integer),  # within its direction and level; for 市级 and 县级 within its city as well
    Column("tied", Boolean, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("selected", Boolean),  # null: not proposed yet
    Column("reason", Text, nullable=False, server_default=""),
    Column("published_on", Date),
    Index("ix_listings_round", "round"),
)

objections = Table(
    "objections",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("address", String(64), nullable=False),  # digest of the sender's
    Column("at", _Instant, nullable=False),
    Column("state", Text, nullable=False),  # see domain/policy/objections.py
    Column("resolution", Text),
    Column("resolved_at", _Instant),
    Index("ix_objections_base_id_state", "base_id", "state"),
    Index("ix_objections_address_at", "address", "at"),
)

recalls = Table(
    "recalls",
    metadata,
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # of the decision on the timeline
    Column("amount", _Money, nullable=False),
    Column("document_no", Text, nullable=False),
    Column("ground", Text, nullable=False),  # see domain/policy/grounds.py
    Column("reason", Text, nullable=False),
    Column("on", Date, nullable=False),
    PrimaryKeyConstraint("base_id", "seq"),
)

recall_instalments = Table(
    "recall_instalments",
    metadata,
    Column("base_id", String(60), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("due", Date, nullable=False),  # last day
    Column("amount", _Money, nullable=False),
    PrimaryKeyConstraint("base_id", "seq", "due"),
    ForeignKeyConstraint(["base_id", "seq"], ["recalls.base_id", "recalls.seq"]),
)

recoveries = Table(
    "recoveries",
    metadata,
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # of the decision on the timeline
    Column("amount", _Money, nullable=False),
    Column("document_no", Text, nullable=False),
    Column("on", Date, nullable=False),
    PrimaryKeyConstraint("base_id", "seq"),
)

assessments = Table(
    "assessments",
    metadata,
    Column("id", String(100), primary_key=True),  # of its workflow
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("year", String(4), nullable=False),
    Column("self_report", Text, nullable=False),  # see domain/terms.py, ObligationState
    Column("phase", Text, nullable=False),  # see domain/assessment.py
    Column("since", _Instant, nullable=False),
    Column("due", _Instant),  # of the phase (exclusive)
    Column("waiting_for", Text, nullable=False),
    Column("seq", Integer, nullable=False, server_default="0"),
    Column("scoring_closed_at", _Instant),
    Column("result", JSONB(none_as_null=True)),  # see domain/policy/effectiveness.py, Result
    Column("score", Numeric(5, 2)),
    Column("grade", Text),  # proposed, then final
    Column("appeal_until", _Instant),  # exclusive
    Column("appealed_at", _Instant),
    Column("appeal", String(64)),  # its text, by digest
    Column("appeal_state", Text),  # see domain/assessment.py
    Column("resolution", String(64)),  # why, by digest
    Column("published_on", Date),
    Column("document_no", Text),
    UniqueConstraint("base_id", "year"),
    Index("ix_assessments_year_id", "year", "id"),
    Index("ix_assessments_phase", "phase"),
)

assessment_timeline = Table(
    "assessment_timeline",
    metadata,
    Column("assessment_id", ForeignKey("assessments.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", _Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    PrimaryKeyConstraint("assessment_id", "seq"),
)

assessment_texts = Table(
    "assessment_texts",
    metadata,
    Column("assessment_id", ForeignKey("assessments.id"), nullable=False),
    Column("digest", String(64), nullable=False),  # see casework/assessing.py
    Column(
        "text", Text, nullable=False
    ),  # why a grade is another one, why it is appealed against, what came of it
    PrimaryKeyConstraint("assessment_id", "digest"),
)

evaluators = Table(
    "evaluators",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("year", String(4), nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("expires_at", _Instant, nullable=False),  # business time
    Column("revoked_at", _Instant),
    UniqueConstraint("year", "name", "organisation"),
)

evaluator_bases = Table(
    "evaluator_bases",
    metadata,
    Column("evaluator_id", ForeignKey("evaluators.id"), nullable=False),
    Column("base_id", ForeignKey("bases.id"), nullable=False),
    Column("recused", Text),  # why; null: evaluates it
    Column("recused_at", _Instant),
    PrimaryKeyConstraint("evaluator_id", "base_id"),
    Index("ix_evaluator_bases_base_id", "base_id"),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("evaluator_id", Integer, nullable=False),
    Column("base_id", String(60), nullable=False),
    Column("items", JSONB, nullable=False),  # points by element
    Column("total", Numeric(5, 2), nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", _Instant, nullable=False),
    PrimaryKeyConstraint("evaluator_id", "base_id"),
    ForeignKeyConstraint(
        ["evaluator_id", "base_id"], ["evaluator_bases.evaluator_id", "evaluator_bases.base_id"]
    ),
)

reports = Table(
    "reports",
    metadata,
    Column("period", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("filename", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),  # DOCX
    Column("reason", Text, nullable=False),  # why a released one is replaced; empty: none was released
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", _Instant, nullable=False),
    Column("title", Text),
    Column("released_on", Date),  # null: not released
    Column("media", ARRAY(Text)),
    Column("released_at", _Instant),  # when that was recorded
    Column("released_by", Text),
    PrimaryKeyConstraint("period", "version"),
)

invites = Table(
    "invites",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("expires_at", _Instant, nullable=False),  # the machine's time
    Column("used_by", Text),  # channel:external id
)

deliveries = Table(
    "deliveries",
    metadata,
    Column(
        "no", BigInteger, Identity(), nullable=False, unique=True
    ),  # in the order in which they were queued
    Column("key", Text, nullable=False),  # the notice's business key
    Column("channel", String(20), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("base_id", ForeignKey("bases.id")),  # null: about a round, to a member unit
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),  # see domain/delivery.py
    Column("error", Text),  # why it is not sent
    Column("queued_at", _Instant, nullable=False),
    Column("sent_at", _Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tried_at", _Instant),  # the last attempt; the machine's time
    PrimaryKeyConstraint("key", "channel", "external_id"),
    Index("ix_deliveries_queued_at", "queued_at"),
    Index("ix_deliveries_base_id", "base_id"),
    Index("ix_deliveries_contact_id", "contact_id"),
    Index("ix_deliveries_unsettled", "base_id", postgresql_where="state IN ('queued', 'sending')"),
)

office_tasks = Table(
    "office_tasks",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # what it is about: it is opened once
    Column("kind", Text, nullable=False),  # see domain/office_tasks.py
    Column("base_id", ForeignKey("bases.id")),
    Column("contact_id", ForeignKey("contacts.id")),
    Column("params", JSONB, nullable=False),
    Column("opened_at", _Instant, nullable=False),
    Column("closed_at", _Instant),
    Column("closed_by", Text),  # an actor; SYSTEM where the reason has gone by itself
    Column("remark", Text),
    Index("ix_office_tasks_open", "opened_at", postgresql_where="closed_at IS NULL"),
)

handovers = Table(
    "handovers",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("obligation_id", ForeignKey("obligations.id"), nullable=False),
    Column("from_contact", ForeignKey("contacts.id"), nullable=False),
    Column("to_contact", ForeignKey("contacts.id"), nullable=False),
    Column("filled", Integer, nullable=False),  # how many items were answered then
    Column("at", _Instant, nullable=False),
    Column("update_id", Text, nullable=False, unique=True),  # a redelivery hands nothing over again
    Index("ix_handovers_obligation_id", "obligation_id"),
)

urgings = Table(
    "urgings",
    metadata,
    Column("subject", Text, nullable=False),  # an obligation or a base
    Column("day", Date, nullable=False),  # at most one on a working day
    Column("actor", Text, nullable=False),
    Column("at", _Instant, nullable=False),
    Column("update_id", Text, nullable=False),  # a redelivery is no second one
    PrimaryKeyConstraint("subject", "day"),
)

channel_pauses = Table(
    "channel_pauses",
    metadata,
    Column("channel", String(20), nullable=False),
    Column("external_id", Text, nullable=False),  # empty: the whole channel
    Column("until", _Instant, nullable=False),  # the machine's time; what the platform asked for
    PrimaryKeyConstraint("channel", "external_id"),
)

channel_tokens = Table(
    "channel_tokens",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("token", Text, nullable=False),  # lives two hours at most
    Column("expires_at", _Instant, nullable=False),
)

channel_seen = Table(
    "channel_seen",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("at", _Instant, nullable=False),  # when its way in was last known to be open; the machine's time
)

wecom_people = Table(
    "wecom_people",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),  # aiogram's ids are numbers
    Column("userid", Text, nullable=False, unique=True),  # CorpId/userid for people of another corp
)

wecom_inbox = Table(
    "wecom_inbox",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),  # the update's id
    Column("key", Text, nullable=False, unique=True),  # of the delivery: MsgId, or what makes an event one
    Column("person_id", ForeignKey("wecom_people.id"), nullable=False),
    Column("content", JSONB, nullable=False),
    Column("received_at", _Instant, nullable=False, server_default=func.now()),
    Column("taken", Boolean, nullable=False, server_default="false"),
    Index("ix_wecom_inbox_waiting", "id", postgresql_where="NOT taken"),
)

wecom_messages = Table(
    "wecom_messages",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),  # task_id is jb-<id>
    Column("person_id", ForeignKey("wecom_people.id"), nullable=False),
    Column("together", BigInteger, nullable=False),  # the first of what was said in one: a text and its cards
    Column("digest", String(64), nullable=False),  # of all of that: says whether it is tried again
    Column(
        "text_digest", String(64)
    ),  # of its text, if it is one: says whether the same is said again on purpose
    Column("nth", Integer, nullable=False),  # makes the same, said again on purpose, another message
    Column("state", String(10), nullable=False),  # going, due (no answer came, or not yet wanted), sent
    Column("subject", Text),  # what the buttons are about: only the newest card of it stays open
    Column("buttons", JSONB, nullable=False),  # [label, data] in order
    Column("media_id", Text),  # of the file that goes with it, three days
    Column("response_code", Text),  # works once, 72 hours
    Column("sent_at", _Instant, nullable=False, server_default=func.now()),  # or was begun to be sent
    Column("frozen", Boolean, nullable=False, server_default="false"),
    Index("ix_wecom_messages_person_id_sent_at", "person_id", "sent_at"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("label", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("city", Text),
    Column("department", Text),
    Column("contact_id", ForeignKey("contacts.id")),  # of an applicant's own system
    Column("created_at", _Instant, nullable=False, server_default=func.now()),
    Column("revoked_at", _Instant),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

# The local channel's platform: what Telegram's servers are for Telegram.

local_people = Table(
    "local_people",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("played", Boolean, nullable=False, server_default="false"),  # by a demo player
)

local_updates = Table(
    "local_updates",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("person_id", ForeignKey("local_people.id"), nullable=False),
    Column("text", Text),
    Column("button", Text),
    Column("message_id", BigInteger),  # the message a button stands under
    Column("taken", Boolean, nullable=False, server_default="false"),
    Index("ix_local_updates_waiting", "id", postgresql_where="NOT taken"),
)

local_messages = Table(
    "local_messages",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("person_id", ForeignKey("local_people.id"), nullable=False),
    Column("mine", Boolean, nullable=False),  # typed by the person
    Column("text", Text, nullable=False),
    Column("buttons", JSONB, nullable=False),  # rows of [label, data]
    Column("at", _Instant, nullable=False),
    Index("ix_local_messages_person_id_id", "person_id", "id"),
)

local_files = Table(
    "local_files",
    metadata,
    Column("message_id", ForeignKey("local_messages.id"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

period_sums = Table(
    "period_sums",
    metadata,
    Column("kind", Text, nullable=False),
    Column("period", String(20), nullable=False),
    Column("city", Text, nullable=False),
    Column(
        "mark", Numeric, nullable=False
    ),  # of the reports that they were made of, see persistence/picture.py
    Column("sums", JSONB, nullable=False),  # by key, as texts: exact
    PrimaryKeyConstraint("kind", "period", "city"),
)

known_calendar = Table(
    "known_calendar",
    metadata,
    Column("known_through", Integer, primary_key=True, autoincrement=False),  # a year; the last one counts
)
