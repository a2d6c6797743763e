"""A decision in a chat that is not taken yet: it waits for its reason, or for a yes."""

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.errors import Refused
from domain.forms.dates import NotADateError, parse_date
from domain.policy.people import DECIDING
from domain.worklist import Act, ItemKind, Needs

FORGOTTEN_AFTER = timedelta(days=1)
LEAST, MOST = 2, 500
"""Characters of a reason."""

_ITEM = re.compile(r"\s*(\d{1,2})\s*[：:]\s*(.*\S)\s*", re.DOTALL)
_BETWEEN = re.compile(
    r"[;；。\n]++\s*+(?=\d{1,2}\s*[：:])"
)  # possessive: thousands of blanks are gone through once
_PAPER = re.compile(r"(.*?\S)[，,；;\s]++([^，,；;\s]++)", re.DOTALL)
_LONGEST_NUMBER = 60


class Subject(BaseModel):
    """What is decided about, as it was when the question was asked."""

    model_config = ConfigDict(frozen=True)

    kind: ItemKind
    ref: str
    mark: int
    detail: str = ""  # the duty, the step, the conclusion: what a button means must not change under it
    name: str = ""  # as it was called
    what: str = ""  # a report's kind


class Pending(BaseModel):
    """What one chat is about to decide. Update ids are the channel's: they grow."""

    model_config = ConfigDict(frozen=True)

    subjects: tuple[Subject, ...]  # several only for `Act.ALL`
    act: Act
    needs: Needs
    asked: int  # the update that began it
    asked_at: datetime  # business time
    text: str = ""
    ready: int | None = (
        None  # the update after which only a yes was missing: the decision happens under its id
    )
    prompt: str = ""  # what was asked last
    first_prompt: str = ""  # what had to be typed
    outcome: str | None = None  # what came of it; None: nothing yet

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.subjects[0]

    def open_at(self, now: datetime) -> bool:
        """Whether it can still be gone on with."""
        return self.outcome is None and now < self.asked_at + FORGOTTEN_AFTER

    def takes_text(self, now: datetime) -> bool:
        """Whether what is typed now belongs to it."""
        return self.needs is not Needs.NOTHING and self.open_at(now)


class Paper(NamedTuple):
    """A document by its number and date."""

    number: str
    on: date


def reason_of(text: str) -> str:
    """What was typed as a reason. Raises Refused."""
    reason = text.replace("\x00", "").strip()
    if len(reason) < LEAST:
        raise Refused("deciding.reason_too_short", DECIDING, least=LEAST)
    if len(reason) > MOST:
        raise Refused("deciding.reason_too_long", DECIDING, length=len(reason), most=MOST)
    return reason


def items_of(text: str) -> dict[int, str]:
    """Items with their reasons by number: 「5：理由；7：理由」, or a line for each. Raises Refused."""
    found: dict[int, str] = {}
    for part in _BETWEEN.split(text.replace("\x00", "").strip(" \n;；")):
        match = _ITEM.fullmatch(part)
        if match is None or int(match[1]) in found:
            raise Refused("deciding.bad_item", DECIDING, given=part.strip()[:40])
        found[int(match[1])] = reason_of(match[2])
    return found


def paper_of(text: str, around: date) -> Paper:
    """A document's number and its date, in this order: 「晋示例〔2027〕1号 2027-03-01」. Raises Refused."""
    match = _PAPER.fullmatch(text.replace("\x00", "").strip())
    if match is None or len(match[1]) > _LONGEST_NUMBER:
        raise Refused("deciding.bad_paper", DECIDING, given=text.strip()[:40])
    try:
        return Paper(match[1], parse_date(match[2], around))
    except NotADateError:
        raise Refused("deciding.bad_paper", DECIDING, given=text.strip()[:40]) from None
