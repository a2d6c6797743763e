"""Who at a base hears of what it owes: the contact, or whoever stands in its place.

A form that was handed over has its assignee in the contact's place. Where no contact can be reached the deputies stand
there, and where there is none of them the heads. Whoever else belongs to the base hears as a deputy does: when it is
late.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, false, or_, select

from domain.terms import ContactRole, Recipient
from persistence.tables import base_contacts, chats

AT_THE_BASE = frozenset({Recipient.CONTACT, Recipient.DEPUTY, Recipient.HEAD})

_RANKS = {ContactRole.CONTACT: 0, ContactRole.DEPUTY: 1, ContactRole.HEAD: 2}


def rank(role: ColumnElement[str]) -> ColumnElement[int]:
    """The order in which people stand in for the contact."""
    return case(_RANKS, value=role, else_=len(_RANKS))


def hears(
    recipient: Recipient,
    base_id: ColumnElement[str],
    contact_id: ColumnElement[int],
    assignee: ColumnElement[Any],
) -> ColumnElement[bool]:
    """Whether a contact hears as this recipient of what a base owes; `assignee`: to whom it was handed over, or null."""
    own = base_contacts.alias("own")
    this = and_(own.c.base_id == base_id, own.c.contact_id == contact_id)
    match recipient:
        case Recipient.CONTACT:
            handed = _reached(base_id, assignee)
            in_place = or_(and_(handed, contact_id == assignee), and_(~handed, own.c.role == _first(base_id)))
        case Recipient.DEPUTY:
            return _some(own, this)
        case Recipient.HEAD:
            in_place = own.c.role == ContactRole.HEAD
        case _:
            return false()
    return _some(own, and_(this, in_place))


def _some(of: FromClause, where: ColumnElement[bool], *more: FromClause) -> ColumnElement[bool]:
    """Whether there is such a row; all other tables are those of the query around it."""
    return select(of).where(where).correlate_except(of, *more).exists()


def _reached(base_id: ColumnElement[str], contact_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """A contact who belongs to the base and has a chat."""
    of_base, where = base_contacts.alias("of_base"), chats.alias("where_of_base")
    this = and_(of_base.c.base_id == base_id, of_base.c.contact_id == contact_id)
    return _some(of_base, and_(this, where.c.contact_id == of_base.c.contact_id), where)


def _first(base_id: ColumnElement[str]) -> Any:
    """The first role in which somebody at the base has a chat."""
    anybody, where = base_contacts.alias("anybody"), chats.alias("where")
    query = (
        select(anybody.c.role)
        .join(where, where.c.contact_id == anybody.c.contact_id)
        .where(anybody.c.base_id == base_id)
    )
    query = query.order_by(rank(anybody.c.role)).limit(1)
    return query.correlate_except(anybody, where).scalar_subquery()
