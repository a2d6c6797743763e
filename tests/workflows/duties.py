"""What a base is told of each thing that it owes, counted out by hand: day by day, with numbers of its own.

Whatever is done is done at noon, when no message leaves: what was planned for the morning has gone out, and what the
deed brings about is told in the afternoon.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from activities.calendar import working_days
from domain.terms import ObligationKind as K
from domain.views import NoticeKind as N

DAY = timedelta(days=1)
_FIRST = date(2023, 12, 1)
WORKED = [d for n in range(1300) if working_days().is_working(d := _FIRST + n * DAY)]
"""Every working day, in order."""

CONTACT, DEPUTY, DEPARTMENT, OFFICE = "contact", "deputy", "department", "office"


def shift(day: date, n: int) -> date:
    """So many working days after (before) a working day."""
    return WORKED[WORKED.index(day) + n]


def nth(first: date, n: int) -> date:
    """The n-th working day from `first` on."""
    return WORKED[bisect_left(WORKED, first) + n - 1]


def between(first: date, last: date) -> int:
    """Working days from `first` to `last`, both included."""
    return bisect_right(WORKED, last) - bisect_left(WORKED, first)


class Rule(NamedTuple):
    """Months in a period; working days after it by which it is due and locked, and for a review."""

    months: int
    due: int
    lock: int
    review: int


RULES = {
    K.DISPATCH: Rule(1, 5, 15, 10),
    K.SUPERVISION: Rule(3, 10, 20, 0),
    K.PUBLICATION: Rule(6, 15, 25, 10),
    K.ASSESSMENT: Rule(12, 20, 30, 0),
    K.REPORT: Rule(12, 20, 30, 10),
}
GRACE, LEAST = 10, 2
MORNING = {-2: N.SOON, 0: N.TODAY, 1: N.OVERDUE}
AFTERNOON = {3: (N.DEPARTMENT_TOLD, DEPARTMENT), 5: (N.OFFICE_TOLD, OFFICE)}


def written(kind: K, year: int, number: int) -> str:
    """How a period is written."""
    return {
        K.DISPATCH: f"{year}-{number:02d}",
        K.SUPERVISION: f"{year}-Q{number}",
        K.PUBLICATION: f"{year}-H{number}",
    }.get(kind, str(year))


def periods(first: date, last: date) -> Iterator[tuple[K, str, date]]:
    """Every period whose last day is between these, with the day after it."""
    for year in range(first.year, last.year + 1):
        for kind, rule in RULES.items():
            for number in range(1, 12 // rule.months + 1):
                over, month = divmod(number * rule.months, 12)
                after = date(year + over, month + 1, 1)
                if first < after <= last + DAY:
                    yield kind, written(kind, year, number), after


class Told(NamedTuple):
    """Who is told what on a day."""

    day: date
    who: str
    kind: N


class Deed(NamedTuple):
    """What was done at noon; `until` is a day that was granted."""

    day: date
    what: str
    until: date | None = None


class Duty:
    """One thing that a base owes, and what was done about it."""

    def __init__(self, base: str, kind: K, period: str, opens: date, due: date, lock: date) -> None:
        self.base, self.kind, self.period = base, kind, period
        self.opens, self.due, self.lock = opens, due, lock
        self.deeds: list[Deed] = []

    @classmethod
    def of_period(cls, base: str, kind: K, period: str, after: date) -> "Duty":
        """By the rules."""
        rule = RULES[kind]
        return cls(base, kind, period, nth(after, 1), nth(after, rule.due), nth(after, rule.lock))

    @classmethod
    def ordered(cls, base: str, number: str, on: date, due: date) -> "Duty":
        """整改."""
        return cls(base, K.RECTIFICATION, number, on, due, shift(due, GRACE))

    def done(self, day: date, what: str, until: date | None = None) -> None:
        """Something was done about it."""
        self.deeds.append(Deed(day, what, until))

    def told(self) -> list[Told]:
        """Everything, from its opening on."""
        return list(_Told(self).everything())


class _Told:
    """Goes through the days of one duty."""

    def __init__(self, duty: Duty) -> None:
        self.duty, self.due, self.lock = duty, duty.due, duty.lock
        self.owed, self.over = True, False
        self.stopped: date | None = None
        self.handed_in: date | None = None
        self.review_ends: date | None = None
        self.asked: date | None = None

    def everything(self) -> Iterator[Told]:
        last = max([self.duty.opens, *(deed.day for deed in self.duty.deeds)])
        for day in WORKED[WORKED.index(self.duty.opens) :]:
            if self.over and day > last:
                return
            yield from (Told(day, who, kind) for who, kind in self._day(day))

    def _day(self, day: date) -> Iterator[tuple[str, N]]:
        yield from self._night_before(day)
        ordered = self.duty.kind is K.RECTIFICATION
        if day == self.duty.opens and not ordered:
            yield CONTACT, N.OPENED
        if self._runs and (day != self.duty.opens or not ordered):
            yield from self._morning(day)
        for deed in self.duty.deeds:
            if deed.day == day:
                yield from self._noon(deed)
        if day == self.duty.opens and ordered:
            yield CONTACT, N.OPENED
        if self._runs and (step := AFTERNOON.get(self._offset(day))):
            yield step[1], step[0]

    @property
    def _runs(self) -> bool:
        return self.owed and self.stopped is None

    def _offset(self, day: date) -> int:
        return WORKED.index(day) - WORKED.index(self.due)

    def _night_before(self, day: date) -> Iterator[tuple[str, N]]:
        """What came to its end since the last working day is told now."""
        if self._runs and day > self.lock:
            self.owed, self.over = False, True
            yield CONTACT, N.MISSING
            yield CONTACT, N.CREDIT
        if self.review_ends and day > self.review_ends:
            self.review_ends, self.over = None, True
            yield CONTACT, N.ACCEPTED

    def _morning(self, day: date) -> Iterator[tuple[str, N]]:
        step = MORNING.get(self._offset(day))
        if step:
            yield CONTACT, step
        if step is N.OVERDUE:
            yield DEPUTY, step
        if self.asked == day and step is None:
            yield CONTACT, N.ASKED

    def _noon(self, deed: Deed) -> Iterator[tuple[str, N]]:
        match deed.what:
            case "hand in":
                yield from self._handed_in(deed.day)
            case "accept":
                self.review_ends, self.over = None, True
                yield CONTACT, N.ACCEPTED
            case "return" | "reopen":
                self._answered_again_by(deed.day)
                yield CONTACT, N.REPORT_RETURNED if deed.what == "return" else N.REOPENED
            case "ask to reopen":
                self.over = False
                yield OFFICE, N.REOPEN_ASKED
            case "extend" if deed.until:
                self.due, self.lock = deed.until, shift(deed.until, GRACE)
                yield CONTACT, N.REPORT_EXTENDED
            case "snooze":
                self.asked = shift(deed.day, 1)
            case "stop":
                self.stopped = deed.day
                yield CONTACT, N.PAUSED
            case "go on":
                self._goes_on(deed.day)
                yield CONTACT, N.RESUMED

    def _handed_in(self, day: date) -> Iterator[tuple[str, N]]:
        self.owed, self.handed_in = False, day
        rule = RULES.get(self.duty.kind)
        if rule and rule.review:
            self.review_ends = shift(day, rule.review)
        elif rule:
            self.over = True
            yield CONTACT, N.CREDIT

    def _answered_again_by(self, day: date) -> None:
        """The working days that were left when it was handed in, today being the first; two after today at least."""
        assert self.handed_in
        left = max(between(self.handed_in, self.due), 1)
        lost = between(self.handed_in, day) - 1
        self.due = max(nth(day, left), shift(day, LEAST))
        self.lock = max(shift(self.lock, lost), shift(self.due, GRACE))
        self.owed, self.over, self.review_ends = True, False, None

    def _goes_on(self, day: date) -> None:
        """As many working days are left as there were, the one on which it stopped among them."""
        assert self.stopped
        lost = WORKED.index(day) - WORKED.index(self.stopped)
        if self.stopped <= self.due:
            self.due = shift(self.due, lost)
        self.lock, self.stopped = shift(self.lock, lost), None
