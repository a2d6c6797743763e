"""The province's own reports (A14): every half year 体系指标能力建设运行情况 to the main media of the province, every
year 年度综合报告 to the office of the 联席会议. What may be drafted, handed in and released, and when.
"""

from collections.abc import Sequence
from datetime import date

from domain.calendar import Period, PeriodKind
from domain.decisions import Actor
from domain.errors import NotAllowed, NotFound, Refused
from domain.picture import words_of
from domain.policy.source import CALL_DATE, MEASURES_DATE, Dated, measures, on, ours
from domain.terms import Role

REPORTS = measures("八")
REPORT_FILE = ours("报告文件")
TITLES = {
    PeriodKind.HALF: (
        Dated(MEASURES_DATE, "山西省产教融合重大平台载体和实训基地体系指标能力建设运行情况", REPORTS),
    ),
    PeriodKind.YEAR: (Dated(MEASURES_DATE, "山西省产教融合重大平台载体和实训基地年度综合报告", REPORTS),),
}
LEAST_MEDIA = {
    PeriodKind.HALF: (Dated(MEASURES_DATE, 1, REPORTS),),
    PeriodKind.YEAR: (Dated(MEASURES_DATE, 0, REPORTS),),
}
"""Main media of the province that a report is released to, at least."""
MAX_BYTES = (Dated(MEASURES_DATE, 20 * 2**20, REPORT_FILE),)
"""Size of an edited report."""
MAX_UNPACKED_BYTES = (Dated(MEASURES_DATE, 200 * 2**20, REPORT_FILE),)
"""Size of everything that is packed in it."""
TO_BE_WRITTEN = "【待补充】"
"""Stands in a draft where people have to write; a report that still has it is not finished."""

_YEARS = range(CALL_DATE.year, 3000)


def report_period(text: str) -> Period:
    """A half year or a year. Raises NotFound for anything else."""
    try:
        period = Period.parse(text)
    except ValueError:
        raise NotFound("report.no_period", id=text[:20]) from None
    if period.kind not in (PeriodKind.HALF, PeriodKind.YEAR) or period.year not in _YEARS:
        raise NotFound("report.no_period", id=text)
    return period


def title_of(period: Period) -> str:
    """The heading of the report."""
    return on(TITLES[period.kind], period.last_day).value


def check_office(actor: Actor) -> None:
    """The reports are the office's. Raises NotAllowed."""
    if actor.role is not Role.OFFICE:
        raise NotAllowed("report.office_only", REPORTS)


def check_begun(period: Period, today: date) -> None:
    """There is nothing to say of a period that has not begun. Raises Refused."""
    if today < period.first_day:
        raise Refused("report.not_begun", REPORTS, words=words_of(period), first=period.first_day)


def check_replaced(released: bool, reason: str) -> None:
    """What was released is not replaced silently. Raises Refused."""
    if released and not reason.strip():
        raise Refused("report.reason_needed", REPORTS)


def check_release(period: Period, day: date, media: Sequence[str], today: date) -> None:
    """Released on a day after the period that has come, to enough media. Raises Refused."""
    words = words_of(period)
    if day <= period.last_day:
        raise Refused("report.not_over", REPORTS, words=words, on=day, last=period.last_day)
    if day > today:
        raise Refused("report.future", REPORTS, on=day)
    least = on(LEAST_MEDIA[period.kind], period.last_day).value
    if len(set(media)) < least:
        raise Refused("report.no_media", REPORTS, words=words, least=least)
