"""异议 (B14): whoever objects to a public notice does so under a real name, with a contact and a reason."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.errors import Refused
from domain.policy.source import CALL_DATE, Dated, on, ours

OBJECTION = ours("异议")
FREQUENCY = ours("异议频次")


class ObjectionState(StrEnum):
    """Where an objection stands."""

    OPEN = "处理中"
    MERGED = "已并入"  # beyond the limit of its address and base: kept and read, but it stops no clock
    UPHELD = "成立"
    DISMISSED = "不成立"


RESOLVED = frozenset({ObjectionState.UPHELD, ObjectionState.DISMISSED})


class Lengths(NamedTuple):
    """Shortest and longest, in characters."""

    least: int
    most: int


OPEN_PER_ADDRESS_AND_DAY = (Dated(CALL_DATE, 3, FREQUENCY),)
NAME_LENGTH = (Dated(CALL_DATE, Lengths(2, 50), OBJECTION),)
CONTACT_LENGTH = (Dated(CALL_DATE, Lengths(5, 100), OBJECTION),)
REASON_LENGTH = (Dated(CALL_DATE, Lengths(10, 2000), OBJECTION),)


class FieldLengths(NamedTuple):
    """How long what is written may be."""

    name: Lengths
    contact: Lengths
    reason: Lengths


def lengths(day: date) -> FieldLengths:
    """In force on `day`."""
    return FieldLengths(*(on(rule, day).value for rule in (NAME_LENGTH, CONTACT_LENGTH, REASON_LENGTH)))


def state_of_new(opened_today: int, day: date) -> ObjectionState:
    """Open, as long as its address has not opened as many to the base on `day` as the rule in force allows."""
    most = on(OPEN_PER_ADDRESS_AND_DAY, day).value
    return ObjectionState.OPEN if opened_today < most else ObjectionState.MERGED


def shortcomings(name: str, contact: str, reason: str, day: date) -> list[Refused]:
    """Everything that stands in the way of taking the objection, each with its clause."""
    found = []
    if bad := _outside(NAME_LENGTH, name, day):
        found.append(Refused("objection.bad_name", bad.clause, **bad.value._asdict()))
    if bad := _outside(CONTACT_LENGTH, contact, day):
        found.append(Refused("objection.bad_contact", bad.clause, **bad.value._asdict()))
    if bad := _outside(REASON_LENGTH, reason, day):
        found.append(Refused("objection.bad_reason", bad.clause, length=len(reason), **bad.value._asdict()))
    return found


def _outside(rule: Sequence[Dated[Lengths]], text: str, day: date) -> Dated[Lengths] | None:
    in_force = on(rule, day)
    return None if in_force.value.least <= len(text) <= in_force.value.most else in_force
