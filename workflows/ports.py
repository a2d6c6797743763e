"""The activities as workflows see them: typed stubs. The bodies are in `activities/`."""

from temporalio import activity

from domain.forms.questions import FormContext
from domain.views import Notice
from workflows.messages import (
    Closing,
    DecisionRecord,
    NoticeWindow,
    ObligationOpening,
    PlanYear,
    RefusedSignal,
    Submission,
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
