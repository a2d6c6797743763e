"""What else a person is to be told on the same day: of several reminders one message is made."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    RowMapping,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import business_day, end_of, last_day_before, start_of
from domain.delivery import Also
from domain.forms.questions import FormContext
from domain.forms.registry import FORMS
from domain.ids import decision_key, reminder_key
from domain.notice_truth import ObligationNow
from domain.obligation_decisions import ObligationDecisionKind
from domain.policy.obligations import Nudge, Schedule, still_true
from domain.terms import OWED, Recipient
from domain.views import Notice, NoticeKind
from persistence.deliveries import Deliveries
from persistence.hearing import hears
from persistence.people import Chat
from persistence.tables import bases, obligation_decisions, obligations

_LADDER_DAYS = timedelta(days=31)
"""No step of a ladder is further from its due day, whatever holidays lie between."""

_HELD_UP = timedelta(days=14)
"""What was planned for a day so long ago, and could not be sent, goes out with what is due today."""

_MOST = 1000
"""So many at most go along with one: the rest have messages of their own, which take others along."""

decided = obligation_decisions.alias("decided")

WITH_THE_BASE: Mapping[NoticeKind, ObligationDecisionKind] = MappingProxyType(
    {
        NoticeKind.PAUSED: ObligationDecisionKind.PAUSE,
        NoticeKind.RESUMED: ObligationDecisionKind.RESUME,
    }
)
"""What is decided about all that a base owes at once."""


class Reminders:
    """Planned messages of all obligations."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def due_with(self, notice: Notice, chat: Chat, now: datetime) -> list[Also]:
        """The other messages to this person that are planned for today, or were held up, and did not go out yet."""
        heard_as = [_told(recipient, chat).label(recipient.name) for recipient in notice.to]
        query = (
            select(obligations, bases.c.lead_kind, *heard_as)
            .select_from(obligations.join(bases))
            .where(
                obligations.c.id != notice.obligation_id,
                obligations.c.state.in_(OWED),
                ~obligations.c.paused,
                obligations.c.schedule.is_not(None),
                or_(
                    obligations.c.due.between(now - _LADDER_DAYS, now + _LADDER_DAYS),
                    obligations.c.opens.between(start_of(business_day(now)), end_of(business_day(now))),
                ),
                or_(*(heard.element for heard in heard_as)),
                _has_nudge(business_day(now), notice.to),
            )
            .order_by(obligations.c.due, obligations.c.id)
        )
        rows = (await self._tx.execute(query)).mappings().all()
        found = [one for row in rows for one in _planned(dict(row), _heard_as(row, notice), now)]
        attempts = await Deliveries(self._tx).of([one.key for one in found], chat.contact_id)
        settled = {a.key for a in attempts if a.is_settled(chat)}
        held_up = {a.key for a in attempts} - settled
        unsaid = [one for one in found if one.key not in settled and (one.today or one.key in held_up)]
        return [one.also for one in unsaid[:_MOST]]

    async def decided_with(self, notice: Notice, chat: Chat, now: datetime) -> list[Also]:
        """The same decision about what else the base owes, if it stood still, or goes on, as a whole."""
        kind = WITH_THE_BASE[notice.kind]
        heard_as = [_told(recipient, chat) for recipient in notice.to]
        query = (
            select(obligations, bases.c.lead_kind, decided.c.seq, decided.c.version.label("decided_version"))
            .select_from(obligations.join(bases).join(decided, decided.c.obligation_id == obligations.c.id))
            .where(
                obligations.c.base_id == notice.base_id,
                obligations.c.id != notice.obligation_id,
                obligations.c.state.in_(OWED),
                obligations.c.paused == (notice.kind is NoticeKind.PAUSED),
                decided.c.kind == kind,
                decided.c.at.between(start_of(business_day(now)), now),
                decided.c.seq == _last_seq(),
                or_(*heard_as),
            )
            .order_by(obligations.c.due, obligations.c.id)
        )
        rows = (await self._tx.execute(query)).mappings().all()
        found = [_decided(dict(row), notice) for row in rows]
        attempts = await Deliveries(self._tx).of([one.notice.key for one in found], chat.contact_id)
        settled = {a.key for a in attempts if a.is_settled(chat)}
        return [one for one in found if one.notice.key not in settled]


class _Planned(NamedTuple):
    """A step of a ladder; one of an earlier day goes out only if it was tried then."""

    also: Also
    today: bool

    @property
    def key(self) -> str:
        """Of its notice."""
        return self.also.notice.key


def _has_nudge(day: date, to: tuple[Recipient, ...]) -> ColumnElement[bool]:
    """A message to one of these people is planned for the day, or was shortly before. Of hundreds few have one."""
    nudge = func.jsonb_array_elements(obligations.c.schedule["nudges"]).table_valued("value").lateral()
    value = cast(nudge.c.value, JSONB)
    at = cast(value["at"].astext, DateTime(timezone=True))
    told = value["to"].has_any(cast([str(one) for one in to], ARRAY(Text)))
    planned = and_(at >= start_of(day) - _HELD_UP, at < end_of(day), told)
    return select(literal(1)).select_from(nudge).where(planned).exists()


def _told(recipient: Recipient, chat: Chat) -> ColumnElement[bool]:
    """Of obligations that the person behind a chat hears of as this recipient."""
    match recipient:
        case Recipient.CONTACT | Recipient.DEPUTY | Recipient.HEAD:
            return hears(recipient, obligations.c.base_id, literal(chat.contact_id), obligations.c.assignee)
        case Recipient.DEPARTMENT:
            return bases.c.department == chat.department if chat.department else false()
    return true()


def _heard_as(row: RowMapping, notice: Notice) -> tuple[Recipient, ...]:
    """The deputy of one base may be the contact of another, and hears of the one only what deputies are told."""
    return tuple(recipient for recipient in notice.to if row[recipient.name])


def _planned(row: dict[str, Any], to: tuple[Recipient, ...], now: datetime) -> list[_Planned]:
    """The messages about one obligation that are planned for today or were shortly before, for these people, and are
    true."""
    plan, today = Schedule.model_validate(row["schedule"]), business_day(now)
    about = ObligationNow.model_validate(row)
    found = [
        n
        for n in plan.nudges
        if today - _HELD_UP < business_day(n.at) <= today
        and set(n.to) & set(to)
        and still_true(n.kind, about, now)
    ]
    return [_Planned(Also(_notice(row, plan, n), row["no"]), business_day(n.at) == today) for n in found]


def _last_seq() -> Any:
    later = obligation_decisions.alias("later")
    newest = select(func.max(later.c.seq)).where(later.c.obligation_id == obligations.c.id)
    return newest.scalar_subquery()


def _decided(row: dict[str, Any], notice: Notice) -> Also:
    """The notice that the other obligation's own workflow sends, by the same key."""
    plan = Schedule.model_validate(row["schedule"])
    key = decision_key(row["id"], notice.kind, row["seq"], row["decided_version"])
    return Also(
        Notice(
            key=key,
            base_id=row["base_id"],
            kind=notice.kind,
            obligation_id=row["id"],
            to=notice.to,
            params=_days(row, plan) | {"reason": notice.params.get("reason", "")},
        ),
        row["no"],
    )


def _notice(row: dict[str, Any], plan: Schedule, nudge: Nudge) -> Notice:
    return Notice(
        key=reminder_key(row["id"], nudge.kind, plan.due, row["returns"]),
        base_id=row["base_id"],
        kind=NoticeKind(nudge.kind),
        obligation_id=row["id"],
        to=nudge.to,
        params=_days(row, plan) | {"days": str(nudge.offset)},
    )


def _days(row: dict[str, Any], plan: Schedule) -> dict[str, str]:
    """What each notice about an obligation says."""
    return {
        "period": plan.period,
        "kind": str(plan.kind),
        "due": str(last_day_before(plan.due)),
        "locks": str(last_day_before(plan.locks)),
        "total": str(len(FORMS[plan.kind].asked(FormContext(lead_kind=row["lead_kind"])).questions)),
    }
