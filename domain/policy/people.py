"""The people of a base: who may be told and asked in its name, and that it is never without somebody silently."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from domain.policy.source import ours
from domain.terms import ContactRole

LEAVING = ours("联系人离任")
HANDING_OVER = ours("转交")
DECIDING = ours("聊天办理")


class Person(NamedTuple):
    """Somebody at a base, as far as it matters whether it has anybody."""

    role: ContactRole
    bound: bool  # has a chat


class Lack(StrEnum):
    """What a base can be without."""

    REACHED = "无人绑定"  # nobody is told of anything
    CONTACT = "联系人空缺"  # a deputy or head stands in


def lacks(people: Iterable[Person]) -> frozenset[Lack]:
    """What a base with these people is without."""
    found = list(people)
    missing = set()
    if not any(person.bound for person in found):
        missing.add(Lack.REACHED)
    if not any(person.role is ContactRole.CONTACT for person in found):
        missing.add(Lack.CONTACT)
    return frozenset(missing)


def inherited(own: ContactRole | None, left: ContactRole) -> ContactRole:
    """The role of who takes over from somebody: the higher of the two."""
    order = list(ContactRole)
    return min((role for role in (own, left) if role), key=order.index)
