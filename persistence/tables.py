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
    UniqueConstraint("base_id", "kind", "period"),
    Index("ix_obligations_period_id", "period", "id"),
    Index("ix_obligations_state_due", "state", "due"),
)

submissions = Table(
    "submissions",
    metadata,
    Column("obligation_id", ForeignKey("obligations.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", _Instant, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
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
    PrimaryKeyConstraint("channel", "external_id"),
    Index("ix_chats_contact_id", "contact_id"),
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
    Column("pages", Integer, nullable=False),
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
    Column("key", Text, nullable=False),  # the notice's business key
    Column("channel", String(20), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("base_id", ForeignKey("bases.id")),  # null: about a round, to a member unit
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("error", Text),
    Column("queued_at", _Instant, nullable=False),
    Column("sent_at", _Instant),
    PrimaryKeyConstraint("key", "channel", "external_id"),
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
