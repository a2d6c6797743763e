"""The activities as workflows see them: typed stubs. The bodies are in `activities/`."""

from datetime import date, datetime, timedelta

from temporalio import activity

from domain.calendar import CalendarDays
from domain.digest import DigestDue
from domain.forms.questions import FormContext
from domain.policy.credit_account import CreditChange
from domain.policy.effectiveness import Result
from domain.policy.obligations import Schedule
from domain.views import Notice
from workflows.assessment_messages import AssessmentRecord, EvaluationToClose
from workflows.messages import (
    BaseAsked,
    Closing,
    DaysAsked,
    DecisionRecord,
    ListedAsked,
    NextMorning,
    NoticeWindow,
    ObligationOpening,
    ObligationRecord,
    OpenObjection,
    OrderPlan,
    PlanYear,
    RecallAsked,
    RefusedSignal,
    Replan,
    RestAsked,
    RoundRecord,
    ScoringClosed,
    ScoringToClose,
    Stored,
    Submission,
    SupplementAsked,
    YearPlan,
)
from workflows.supervision_messages import SupervisionAsked, SupervisionOpened, SupervisionRecord


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
    async def replan(self, ask: Replan) -> Schedule:
        """New deadlines of an obligation, because of a decision about it."""
        raise NotImplementedError

    @activity.defn
    async def plan_order(self, ask: OrderPlan) -> Schedule:
        """Deadlines of an ordered 整改."""
        raise NotImplementedError

    @activity.defn
    async def next_morning(self, ask: NextMorning) -> datetime:
        """When a reminder goes out on the next working morning."""
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
    async def store_submission(self, submission: Submission) -> Stored | None:
        """The figures of a period."""
        raise NotImplementedError

    @activity.defn
    async def record_obligation(self, record: ObligationRecord) -> CreditChange | None:
        """A decision about an obligation, and its row; what that means for the credit account."""
        raise NotImplementedError

    @activity.defn
    async def close_obligation(self, closing: Closing) -> CreditChange | None:
        """The end of an obligation without figures."""
        raise NotImplementedError


class FundsPort:
    """What stands behind a decision about money or an exit."""

    @activity.defn
    async def check_recall(self, ask: RecallAsked) -> None:
        """Refuse to recall more than a base reported to have received."""
        raise NotImplementedError

    @activity.defn
    async def check_central_funds(self, ask: BaseAsked) -> None:
        """Refuse if a base reported no central money."""
        raise NotImplementedError

    @activity.defn
    async def check_listed(self, ask: ListedAsked) -> None:
        """Refuse if the lead of a base is not on the list of 严重失信主体."""
        raise NotImplementedError


class SupervisionPort:
    """What the supervision of a quarter begins with, and writing down what happens to it."""

    @activity.defn
    async def open_supervision(self, ask: SupervisionAsked) -> SupervisionOpened:
        """What is known of the base, and the deadlines."""
        raise NotImplementedError

    @activity.defn
    async def record_supervision(self, record: SupervisionRecord) -> None:
        """A line on the base's timeline, and the supervision as it stands by now."""
        raise NotImplementedError


class AssessmentPort:
    """What a year comes to, and writing down what happens to its assessment."""

    @activity.defn
    async def close_evaluation(self, ask: EvaluationToClose) -> Result:
        """Unseal the evaluations and compute the result. Refuses if there are too few, without a reason."""
        raise NotImplementedError

    @activity.defn
    async def record_assessment(self, record: AssessmentRecord) -> None:
        """A line on its timeline and on the base's, and the assessment as it stands by now."""
        raise NotImplementedError


class DigestPort:
    """The picture of a period for the office, on the task queue of messages."""

    @activity.defn
    async def digests_due(self) -> tuple[DigestDue, ...]:
        """Pictures that are to go out and have not begun to."""
        raise NotImplementedError

    @activity.defn
    async def wait_for_digest(self, due: DigestDue) -> timedelta:
        """Machine time until a picture goes out; nothing if it does now."""
        raise NotImplementedError

    @activity.defn
    async def send_digest(self, due: DigestDue) -> None:
        """Send a picture to the office's chats, each part once."""
        raise NotImplementedError


class MessagesPort:
    """Messages to people, on a task queue of their own with its own rate."""

    @activity.defn
    async def notify(self, notice: Notice) -> None:
        """Send a notice to every contact of the base, once each."""
        raise NotImplementedError
