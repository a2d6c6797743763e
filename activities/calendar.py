"""Deadlines from the working-day calendar. Holidays come from `chinesecalendar` (State Council notices)."""

from datetime import date, datetime
from functools import cache

from chinese_calendar.constants import holidays, workdays
from temporalio import activity

from domain.calendar import CalendarDays, Period, PeriodKind, WorkingDays, business_day, end_of, start_of
from domain.policy.formal_review import SUPPLEMENT_WORKING_DAYS
from domain.policy.notice import check_window, rest_of_window
from domain.policy.obligations import owes, schedule
from domain.policy.pilot import reminder_instants
from domain.policy.source import on
from domain.terms import ObligationKind
from workflows.messages import (
    Appointment,
    DaysAsked,
    NoticeWindow,
    PlanYear,
    RestAsked,
    SupplementAsked,
    YearPlan,
)
from workflows.ports import CalendarPort


@cache
def working_days() -> WorkingDays:
    """The calendar as announced; years after the last notice have weekends only."""
    return WorkingDays(
        off=frozenset(holidays), extra=frozenset(workdays), known_through=max(d.year for d in holidays)
    )


class CalendarActivities(CalendarPort):
    """Answers from the calendar; writes nothing."""

    def __init__(self, days: WorkingDays | None = None) -> None:
        self._days = days or working_days()

    @activity.defn
    async def plan_year(self, ask: PlanYear) -> YearPlan:
        """Every period that opens, or is still open, from `after` to the end of the year, and the reminders."""
        year = business_day(ask.after).year
        through = start_of(business_day(ask.after).replace(year=year + 1, month=1, day=1))
        found = [*self._periods(ask, year)]
        if ask.remind:
            instants = reminder_instants(ask.pilot_start, self._days, ask.base_id)
            found += [Appointment(at=at, days_left=left) for left, at in instants.items()]
        due = [a for a in found if a.at < through and (a.schedule or a.at > ask.after)]
        return YearPlan(appointments=tuple(sorted(due, key=lambda a: a.at)), through=through)

    def _periods(self, ask: PlanYear, year: int) -> list[Appointment]:
        first = Period(kind=PeriodKind.MONTH, year=year, number=1).previous
        months = [first]
        while len(months) < 12:
            months.append(months[-1].next)
        planned = [
            schedule(ObligationKind.DISPATCH, month, self._days, ask.base_id)
            for month in months
            if owes(month, ask.pilot_start)
        ]
        return [Appointment(at=s.opens, schedule=s) for s in planned if s.locks > ask.after]

    @activity.defn
    async def check_notice(self, window: NoticeWindow) -> None:
        """Refuse a window of too few working days."""
        check_window(window.first, window.last, self._days)

    @activity.defn
    async def known_days(self, ask: DaysAsked) -> CalendarDays:
        """The days off and the extra working days of the year before, this one and the next."""
        return self._days.around(ask.around.year)

    @activity.defn
    async def supplement_until(self, ask: SupplementAsked) -> datetime:
        """The end of the last of the working days after `day`."""
        days = ask.days or on(SUPPLEMENT_WORKING_DAYS, ask.called_on or ask.day).value
        return end_of(self._days.add(ask.day, days))

    @activity.defn
    async def rest_of_notice(self, ask: RestAsked) -> date:
        """The working days that had not run when the clock stopped, from the day after it goes on."""
        return rest_of_window(ask.stopped, ask.last, ask.resumed, self._days)
