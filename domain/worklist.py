"""What waits for an office or a member unit, and what can be decided about it in a chat. Pure: see `persistence.worklist`."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.base import city_office
from domain.decisions import Actor
from domain.lifecycle import DecisionKind, Step
from domain.policy.formal_review import SignOffResult
from domain.policy.members import LEADING_UNIT
from domain.terms import City, Role

PAGE = 5
"""Items of one list: with the button for all of them as many as a card takes."""


class Official(BaseModel):
    """Somebody of an office or a member unit, in a chat."""

    model_config = ConfigDict(frozen=True)

    contact: int
    department: str | None = None
    city: City | None = None
    may_decide: bool = False

    @property
    def actor(self) -> Actor:
        """In what capacity this person acts. The leading unit is the office; its people are it."""
        known = f"contact:{self.contact}"
        if self.city is not None:
            return Actor(role=Role.CITY, id=known, city=self.city)
        if self.department == LEADING_UNIT:
            return Actor(role=Role.OFFICE, id=known)
        return Actor(role=Role.DEPARTMENT, id=known, department=self.department)

    @property
    def unit(self) -> str:
        """How the office or unit is called where something waits for it."""
        return city_office(self.city) if self.city is not None else self.department or ""


def official_of(
    contact: int, department: str | None, city: str | None, *, may_decide: bool
) -> Official | None:
    """The official that a contact is; None for one of a base. Whoever is of a city office acts for that one alone."""
    if city is None and department is None:
        return None
    known = City(city) if city else None
    return Official(
        contact=contact, city=known, department=None if known else department, may_decide=may_decide
    )


class ItemKind(StrEnum):
    """What kind of thing waits. The value is written into buttons."""

    REPORT = "r"  # handed in, to be reviewed
    CORRECTION = "c"  # 申请更正
    DISPUTE = "d"  # 异议 to a report
    SIGNATURE = "s"  # one application's duties of one unit (B9)
    BASE = "b"  # a step that its office decides
    OBJECTION = "n"  # to a public notice
    SUPERVISION = "v"
    ASSESSMENT = "a"
    ROUND = "l"  # a phase of a round that the office ends
    TASK = "t"  # of the office, about messages


class Act(StrEnum):
    """What a button under a card does. The value is written into it."""

    SHOW = "o"
    NEXT = "x"
    PASS = "p"  # noqa: S105 - not a password
    RETURN = "r"
    FAIL = "f"
    UPHOLD = "u"
    DISMISS = "d"
    TO_EXCELLENT = "u0"  # an appeal is upheld, with the grade that it comes to
    TO_GOOD = "u1"
    TO_FAIR = "u2"
    PAPER = "w"  # with the number and the date of a document
    CONCLUDE = "e"  # as everything stands
    RESUME = "g"
    ALL = "z"  # several reports at once


class Needs(StrEnum):
    """What has to be typed before a decision can be confirmed."""

    NOTHING = "nothing"
    REASON = "reason"
    ITEMS = "items"  # several, each with its reason
    PAPER = "paper"  # a document's number and its date


class WorkItem(BaseModel):
    """One thing that waits for somebody. `mark` changes whenever it is not the same question any more."""

    model_config = ConfigDict(frozen=True)

    kind: ItemKind
    ref: str
    mark: int
    base_id: str | None
    base_name: str
    since: datetime
    until: datetime | None = None  # exclusive
    what: str = ""  # the report's kind, the base's step, the supervision's or the assessment's state
    period: str = ""
    on_time: bool | None = None  # of a report

    @property
    def subject(self) -> tuple[ItemKind, str]:
        """Which one it is, whatever has become of it."""
        return self.kind, self.ref


class Page(NamedTuple):
    """Part of what waits."""

    items: tuple[WorkItem, ...]
    number: int  # from 1
    total: int  # of all

    @property
    def first(self) -> int:
        """Number of the page's first item, from 1."""
        return (self.number - 1) * PAGE + 1

    @property
    def rest(self) -> int:
        """How many come after this page."""
        return max(self.total - self.first + 1 - len(self.items), 0)


OF_STEP: dict[Step, dict[Act, DecisionKind]] = {
    Step.FORMAL_REVIEW: {Act.PASS: DecisionKind.ACCEPT, Act.FAIL: DecisionKind.REJECT},
    Step.CONFERENCE: {Act.PASS: DecisionKind.PROPOSE, Act.FAIL: DecisionKind.NOT_SELECT},
    Step.ACCEPTANCE: {Act.PASS: DecisionKind.PASS_ACCEPTANCE, Act.FAIL: DecisionKind.FAIL_ACCEPTANCE},
    Step.PLAQUE: {Act.PAPER: DecisionKind.CERTIFY},
    Step.PILOT: {Act.RESUME: DecisionKind.RESUME},
    Step.RUNNING: {Act.RESUME: DecisionKind.RESUME},
}
"""What can be decided in a chat about a base that no round runs any more, by its step. What needs more, such as scores
or the days of a public notice, is for the desk."""

SIGNED = {Act.PASS: SignOffResult.PASS, Act.RETURN: SignOffResult.RETURN, Act.FAIL: SignOffResult.FAIL}

_REASONED = frozenset({Act.FAIL, Act.UPHOLD, Act.DISMISS, Act.TO_EXCELLENT, Act.TO_GOOD, Act.TO_FAIR})


def needs(kind: ItemKind, act: Act) -> Needs:
    """What has to be typed for it."""
    if act is Act.RETURN:
        return Needs.ITEMS
    if act is Act.PAPER:
        return Needs.PAPER
    if act in _REASONED or (kind is ItemKind.TASK and act is Act.PASS):
        return Needs.REASON
    return Needs.NOTHING
