"""Deadlines from the working-day calendar. Holidays come from `chinesecalendar` (State Council notices)."""

from datetime import date, datetime
from functools import cache

from chinese_calendar.constants import holidays, workdays
from temporalio import activity

from domain.calendar import CalendarDays, WorkingDays, business_day, end_of, start_of
from domain.obligation_decisions import ExtendReport, RecomputeReport, Reopen, ReturnReport
from domain.office_hours import message_instant, office_instant
from domain.policy.formal_review import SUPPLEMENT_WORKING_DAYS
from domain.policy.notice import check_window, rest_of_window
from domain.policy.obligations import (
    Schedule,
    extended,
    opening_in,
    ordered,
    owes,
    recomputed,
    resumed,
    returned,
    schedule,
)
from domain.policy.pilot import reminder_instants
from domain.policy.source import on
from domain.terms import ObligationKind
from workflows.messages import (
    Appointment,
    DaysAsked,
    NextMorning,
    NoticeWindow,
    OrderPlan,
    PlanYear,
    Replan,
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
        planned = [
            schedule(kind, period, self._days, ask.base_id)
            for kind, period in opening_in(year)
            if owes(period, ask.pilot_start)  # what a suspension changes is known when the period opens
        ]
        return [Appointment(at=s.opens, schedule=s) for s in planned if s.locks > ask.after]

    @activity.defn
    async def replan(self, ask: Replan) -> Schedule:
        """By what the decision says: the clock goes on, something is answered again, or there is more time."""
        plan, days, key = ask.life.schedule, self._days, ask.base_id
        match ask.decision:
            case ReturnReport() | Reopen():
                return returned(plan, ask.life.handed_in or ask.at, ask.at, days, key)
            case ExtendReport(due=due):
                return extended(plan, due, ask.at, days, key)
            case RecomputeReport():
                return recomputed(plan, ask.at, days, key)
        return resumed(plan, ask.life.stopped or ask.at, ask.at, days, key)

    @activity.defn
    async def plan_order(self, ask: OrderPlan) -> Schedule:
        """From the next instant at which a message may leave."""
        opens = office_instant(ask.at, self._days, f"{ask.base_id}:{ask.number}")
        return ordered(ObligationKind.RECTIFICATION, ask.number, opens, ask.due, self._days, ask.base_id)

    @activity.defn
    async def next_morning(self, ask: NextMorning) -> datetime:
        """On the working day after."""
        return message_instant(self._days.add(business_day(ask.at), 1), ask.key)

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
