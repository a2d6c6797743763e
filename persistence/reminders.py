"""What else a person is to be told on the same day: of several reminders one message is made."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import business_day, end_of, last_day_before, start_of
from domain.delivery import Also
from domain.forms.questions import FormContext
from domain.forms.registry import FORMS
from domain.ids import reminder_key
from domain.policy.obligations import Nudge, Schedule
from domain.terms import OWED, ContactRole, Recipient
from domain.views import Notice, NoticeKind
from persistence.people import Chat
from persistence.tables import base_contacts, bases, deliveries, obligations

_LADDER_DAYS = timedelta(days=31)
"""No step of a ladder is further from its due day, whatever holidays lie between."""

_MOST = 200


class Reminders:
    """Planned messages of all obligations."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def due_with(self, notice: Notice, chat: Chat, now: datetime) -> list[Also]:
        """The other messages to this person that are planned for today and did not go out yet."""
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
            )
            .order_by(obligations.c.due, obligations.c.id)
            .limit(_MOST)
        )
        rows = (await self._tx.execute(query)).mappings().all()
        found = [one for row in rows for one in _today(dict(row), _heard_as(row, notice), now)]
        sent = await self._sent([one.notice.key for one in found], chat)
        return [one for one in found if one.notice.key not in sent]

    async def _sent(self, keys: list[str], chat: Chat) -> set[str]:
        query = select(deliveries.c.key).where(
            deliveries.c.key.in_(keys),
            deliveries.c.channel == chat.channel,
            deliveries.c.external_id == chat.external_id,
            deliveries.c.state != "queued",
        )
        return set((await self._tx.scalars(query)).all())


def _told(recipient: Recipient, chat: Chat) -> ColumnElement[bool]:
    """Of obligations that the person behind a chat hears of as this recipient."""
    match recipient:
        case Recipient.CONTACT | Recipient.DEPUTY:
            role = ContactRole(recipient)
            return (
                select(base_contacts.c.base_id)
                .where(
                    base_contacts.c.base_id == obligations.c.base_id,
                    and_(base_contacts.c.contact_id == chat.contact_id, base_contacts.c.role == role),
                )
                .exists()
            )
        case Recipient.DEPARTMENT:
            return bases.c.department == chat.department if chat.department else false()
    return true()


def _heard_as(row: RowMapping, notice: Notice) -> tuple[Recipient, ...]:
    """The deputy of one base may be the contact of another, and hears of the one only what deputies are told."""
    return tuple(recipient for recipient in notice.to if row[recipient.name])


def _today(row: dict[str, Any], to: tuple[Recipient, ...], now: datetime) -> list[Also]:
    """The messages about one obligation that are planned for today, and for these people."""
    plan = Schedule.model_validate(row["schedule"])
    found = [n for n in plan.nudges if business_day(n.at) == business_day(now) and set(n.to) & set(to)]
    return [Also(_notice(row, plan, nudge), row["no"]) for nudge in found]


def _notice(row: dict[str, Any], plan: Schedule, nudge: Nudge) -> Notice:
    return Notice(
        key=reminder_key(row["id"], nudge.kind, plan.due, row["returns"]),
        base_id=row["base_id"],
        kind=NoticeKind(nudge.kind),
        obligation_id=row["id"],
        to=nudge.to,
        params={
            "period": plan.period,
            "kind": str(plan.kind),
            "due": str(last_day_before(plan.due)),
            "locks": str(last_day_before(plan.locks)),
            "total": str(len(FORMS[plan.kind].asked(FormContext(lead_kind=row["lead_kind"])).questions)),
            "days": str(nudge.offset),
        },
    )
