"""The activities as workflows see them: typed stubs. The bodies are in `activities/`."""

from datetime import date, datetime

from temporalio import activity

from domain.calendar import CalendarDays
from domain.forms.questions import FormContext
from domain.views import Notice
from workflows.messages import (
    BaseAsked,
    Closing,
    DaysAsked,
    DecisionRecord,
    NoticeWindow,
    ObligationOpening,
    OpenObjection,
    PlanYear,
    RefusedSignal,
    RestAsked,
    RoundRecord,
    ScoringClosed,
    ScoringToClose,
    Submission,
    SupplementAsked,
    YearPlan,
)


class CalendarPort:
    """Deadlines from the working-day calendar."""

    @activity.defn
    async def plan_year(self, ask: PlanYear) -> YearPlan:
        """Appointments of a base for the rest of a business year."""
        raise NotImplementedError

    @activity.defn
    async def check_notice(self, window: NoticeWindow) -> None:
        """Refuse a public notice that is too short."""
        raise NotImplementedError

    @activity.defn
    async def known_days(self, ask: DaysAsked) -> CalendarDays:
        """The working-day calendar as it is known now."""
        raise NotImplementedError

    @activity.defn
    async def supplement_until(self, ask: SupplementAsked) -> datetime:
        """The first instant at which putting something right is too late."""
        raise NotImplementedError

    @activity.defn
    async def rest_of_notice(self, ask: RestAsked) -> date:
        """The new last day of a public notice whose clock stood still."""
        raise NotImplementedError


class RoundsPort:
    """Writing down what happened to a round."""

    @activity.defn
    async def record_round(self, record: RoundRecord) -> None:
        """A line on the round's timeline, its row and its list brought up to date."""
        raise NotImplementedError

    @activity.defn
    async def open_objections(self, ask: BaseAsked) -> tuple[OpenObjection, ...]:
        """Objections to a base's public notice that nobody has decided about."""
        raise NotImplementedError

    @activity.defn
    async def close_scoring(self, ask: ScoringToClose) -> ScoringClosed:
        """Close the expert review and unseal its scores. Refuses if an application has too few, without a reason."""
        raise NotImplementedError


class RecordsPort:
    """Writing down what happened. Each is idempotent by a business key."""

    @activity.defn
    async def record_decision(self, record: DecisionRecord) -> None:
        """A decision on the timeline, and the base's row brought up to date."""
        raise NotImplementedError

    @activity.defn
    async def record_refusal(self, refusal: RefusedSignal) -> None:
        """A refused signal on the timeline."""
        raise NotImplementedError

    @activity.defn
    async def open_obligation(self, opening: ObligationOpening) -> FormContext:
        """A new obligation, and what is known for its form."""
        raise NotImplementedError

    @activity.defn
    async def store_submission(self, submission: Submission) -> None:
        """The figures of a period."""
        raise NotImplementedError

    @activity.defn
    async def close_obligation(self, closing: Closing) -> None:
        """The end of an obligation without figures."""
        raise NotImplementedError


class MessagesPort:
    """Messages to people, on a task queue of their own with its own rate."""

    @activity.defn
    async def notify(self, notice: Notice) -> None:
        """Send a notice to every contact of the base, once each."""
        raise NotImplementedError
