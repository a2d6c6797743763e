"""Credit grades as columns of lists; `CreditAccounts.grade_of` says the same of one lead, for any day."""

from datetime import date
from typing import Any

from sqlalchemy import case, exists, func, literal, or_, select

from domain.policy.credit import CreditKind
from domain.policy.credit_account import GRADES, CreditGrade
from domain.policy.source import on
from persistence.tables import bases, credit_accounts, credit_names, credit_records

_LISTED = literal(str(CreditGrade.D))


def grade_of_base(day: date) -> Any:
    """Grade of a base's lead by what is booked now; null if it is not graded yet."""
    by_name = exists().where(credit_records.c.name == bases.c.lead, *_in_force(day))
    of_lead = select(grade_of_account(day)).select_from(credit_accounts.join(credit_names))
    graded = of_lead.where(credit_names.c.name == bases.c.lead).scalar_subquery()
    return func.coalesce(case((by_name, _LISTED)), graded)


def grade_of_account(day: date) -> Any:
    """Grade of an account by what is booked now."""
    total = credit_accounts.c.total
    reached = [(total >= least, literal(str(g))) for g, least in on(GRADES, day).value.items()]
    return case((is_listed(day), _LISTED), *reached, else_=literal(str(CreditGrade.D)))


def is_listed(day: date) -> Any:
    """Whether the lead of an account is on the list of 严重失信主体, by its code or one of its names."""
    names = select(credit_names.c.name).where(credit_names.c.account_id == credit_accounts.c.id)
    about = (
        credit_records.c.credit_code == credit_accounts.c.credit_code,
        credit_records.c.name.in_(names.correlate(credit_accounts)),
    )
    # Two questions, so that each is answered by an index.
    return or_(*(exists().where(one, *_in_force(day)).correlate(credit_accounts) for one in about))


def _in_force(day: date) -> tuple[Any, ...]:
    c = credit_records.c
    still = or_(c.effective_to.is_(None), c.effective_to >= day)
    return c.kind == CreditKind.DISHONEST, c.effective_from <= day, still
