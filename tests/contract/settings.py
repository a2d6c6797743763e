"""What there is when a dialogue begins, and what the office does meanwhile."""

from datetime import date

from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.obligation_decisions import (
    AcceptReport,
    ObligationDecision,
    ObligationRequest,
    Reopen,
    ReturnReport,
)
from domain.terms import ContactRole, ObligationKind
from tests.contract.script import ANNA, BORIS, OFFICE
from tests.contract.stage import Stage
from tests.conversations.offices import somebody
from tests.conversations.rounds import called
from tests.conversations.test_people import person
from tests.conversations.town import KIND, PERIOD
from tests.support import OFFICE as THE_OFFICE
from tests.support import state_of
from workflows.messages import RectificationOrder

ORDER = "2024-Q1-1"
_SINCE = date(2023, 9, 1)


async def month(stage: Stage) -> None:
    """月调度 of December is open, the first that there is."""
    base = await stage.base()
    await stage.contact(ANNA, base)
    await stage.town.start(base)


async def month_after_another(stage: Stage) -> None:
    """The same; November was reported."""
    base = await stage.base()
    await stage.town.reported(base, "2021-11")
    await stage.contact(ANNA, base)
    await stage.town.start(base)


async def two_contacts(stage: Stage) -> None:
    """Two who answer for one base."""
    base = await stage.base()
    await stage.contact(ANNA, base)
    await stage.contact(BORIS, base)
    await stage.town.start(base)


async def with_a_deputy(stage: Stage) -> None:
    """A contact and a deputy of one base."""
    base = await stage.base()
    await stage.contact(ANNA, base)
    stage.people[BORIS] = await person(stage.town, base, ContactRole.DEPUTY, BORIS)
    await stage.town.start(base)


async def with_an_office(stage: Stage) -> None:
    """A month, and somebody of the office who may decide in a chat."""
    await month(stage)
    stage.people[OFFICE] = await somebody(stage.town, name=OFFICE)


async def two_bases(stage: Stage) -> None:
    """One who answers for two bases."""
    base, other = await stage.base(), await stage.base("other")
    await stage.contact(ANNA, base, other)
    await stage.town.start(base, other)


async def nobody(stage: Stage) -> None:
    """A base, and somebody whom nobody has invited."""
    base = await stage.base()
    stage.names["code"] = await stage.town.code_for(base)
    await stage.stranger(ANNA)


async def alone(stage: Stage) -> None:
    """A contact of no base."""
    await stage.contact(ANNA)


async def half_year(stage: Stage) -> None:
    """The second quarter of 2024 is over: its 季督导 is open, and it is noon, so that nothing is told by itself."""
    base = await stage.base(published_on=_SINCE)
    await stage.contact(ANNA, base)
    await stage.town.start(state_of(base, Step.PILOT, published_on=_SINCE))
    await stage.opened(base, ObligationKind.SUPERVISION, "2024-Q2")


async def ordered(stage: Stage) -> None:
    """The same, and 整改 was ordered."""
    await half_year(stage)
    base = stage.names["base"]
    order = RectificationOrder(number=ORDER, due=date(2024, 7, 12))
    await stage.town.env.client.get_workflow_handle(base).signal("order_rectification", order)
    await stage.opened(base, ObligationKind.RECTIFICATION, ORDER)


async def open_round(stage: Stage) -> None:
    """A round can be applied to."""
    await called(stage.town, slug="contract")
    await stage.contact(ANNA)


# What happens meanwhile


async def filled(stage: Stage) -> None:
    """All that is open in December is answered elsewhere."""
    await stage.town.fill(stage.names["base"])


async def accepts(stage: Stage) -> None:
    """The office accepts December."""
    await _decides(stage, AcceptReport())


async def returns(stage: Stage) -> None:
    """The office returns two items of December."""
    why = {"funds_self": "与银行回单不符", "certified": "请核对证书数"}
    await _decides(stage, ReturnReport(items=why))


async def reopens(stage: Stage) -> None:
    """The office agrees to a correction of December."""
    await _decides(stage, Reopen())


async def _decides(stage: Stage, decision: ObligationDecision) -> None:
    owed = obligation_id(stage.names["base"], KIND, PERIOD)
    request = ObligationRequest(decision=decision, by=THE_OFFICE)
    await stage.town.gateway.decide_report(owed, request, f"{owed}:{decision.kind}")
