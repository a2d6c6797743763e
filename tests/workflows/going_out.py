"""Checks of everything that went out: at which hour, how often, and whether it is what had to be told."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from activities.calendar import working_days
from domain.office_hours import is_office_time
from domain.views import NoticeKind
from tests.workflows.parts import Expected
from tests.workflows.stage import Ledger, Sent
from workflows.report_notices import STEPS

GRACE = timedelta(seconds=2)
"""So long a message may take from its workflow to its chat."""


def check_everything(ledger: Ledger, expected: Iterable[Expected]) -> None:
    """Working time, once, exactly what was expected, and several steps in one message; the list is in the failure."""
    table = ledger.table()
    if os.environ.get("SHOW_MESSAGES"):
        print(table)
    check_hours(ledger)
    check_planned(ledger)
    check_once(ledger)
    wrong = differences(ledger.entries, expected)
    assert not wrong, f"{wrong}\n\n{table}"
    _check_one_message_for_several_steps(ledger)


def check_hours(ledger: Ledger) -> None:
    """Every message leaves in working time."""
    days = working_days()
    for s in ledger.entries:
        moments = (s.at, s.at - GRACE)
        assert any(is_office_time(m, days) for m in moments), f"{s.at} is no office time\n{ledger.table()}"


def check_planned(ledger: Ledger) -> None:
    """The steps of a ladder are planned off the hour and the half hour."""
    for s in ledger.entries:
        if s.kind in STEPS:
            assert any(m.minute % 30 for m in (s.at, s.at - GRACE)), (
                f"{s.at} is on the hour\n{ledger.table()}"
            )


def check_once(ledger: Ledger) -> None:
    """Nobody is told anything twice."""
    twice = [key for key, n in Counter((s.notice.key, s.chat) for s in ledger.entries).items() if n > 1]
    assert not twice, f"{twice}\n{ledger.table()}"


def differences(sent: Iterable[Sent], expected: Iterable[Expected]) -> str:
    """What is missing and what is too much, a line for each."""
    found = Counter((s.day, s.chat, s.kind, s.about) for s in sent)
    wanted = Counter(expected)
    lines = [f"missing   {line}" for line in sorted((wanted - found).elements(), key=str)]
    lines += [f"too much  {line}" for line in sorted((found - wanted).elements(), key=str)]
    return "\n".join(lines)


def _check_one_message_for_several_steps(ledger: Ledger) -> None:
    """What opens later on the same day is not known yet when the first message leaves."""
    messages: defaultdict[tuple[date, bool, bool, str], set[int]] = defaultdict(set)
    for s in ledger.entries:
        if s.kind in STEPS:
            messages[s.day, s.at.hour < 12, s.kind is NoticeKind.OPENED, s.chat].add(s.message)
    several = [key for key, found in messages.items() if len(found) > 1]
    assert not several, f"{several}\n{ledger.table()}"
