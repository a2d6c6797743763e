"""申诉: the lead is told of its grade, and does not agree (A12)."""

import itertools

import pytest

from casework.assessing import (
    WrittenClosing,
    WrittenProposal,
    WrittenPublication,
    WrittenResolution,
    decide,
)
from domain.assessment import Phase
from domain.assessment_decisions import AssessmentDecisionKind as K
from domain.calendar import business_day
from domain.ids import assessment_id
from domain.lifecycle import Step
from domain.terms import ObligationState
from persistence.assessments import Assessments
from tests.conversations.conftest import Founding
from tests.conversations.people import Chatter
from tests.conversations.town import Town, new_base_id
from tests.support import OFFICE, eventually, state_of
from workflows import queues
from workflows.assessment import Assessment
from workflows.messages import FollowUpInput

YEAR = "2025"
MORNING = "2026-02-05 10:00"
_keys = itertools.count(1)


async def take(town: Town, base: str, *written: object) -> None:
    """The office decides."""
    for one in written:
        key = f"test:{base}:{next(_keys)}"
        await decide(town.database, town.gateway, assessment_id(base, YEAR), one, OFFICE, key)  # type: ignore[arg-type]


async def running(town: Town) -> str:
    """A base in its usual operation."""
    return await town.base(state_of(new_base_id(), Step.RUNNING))


async def proposed(town: Town, base: str, anna: Chatter) -> str:
    """The base's grade has been proposed, and its contact told."""
    found = assessment_id(base, YEAR)
    start = FollowUpInput(
        base_id=base, period=YEAR, clock=town.clock.current, self_report=ObligationState.MISSING
    )
    await town.env.client.start_workflow(Assessment.run, start, id=found, task_queue=queues.MAIN_QUEUE)
    await eventually(lambda: town.gateway.assessment(found), lambda known: known.state is not None)
    closing = WrittenClosing(kind=K.CLOSE, reason="示例：机构不足")
    await take(town, base, closing, WrittenProposal(kind=K.PROPOSE))
    await anna.hears(f"{base} {YEAR} 年考核拟定等次")
    return base


async def appeal_of(town: Town, base: str) -> tuple[Phase, str | None]:
    """What an assessment is at, and why it was appealed against."""
    found = assessment_id(base, YEAR)
    async with town.database.transaction() as tx:
        row = await Assessments(tx).get(found)
        return row.phase, (await Assessments(tx).texts(found)).get(row.appeal or "")


@pytest.mark.rule("A12")
async def test_a_lead_is_told_of_its_grade_appeals_and_hears_what_came_of_it(founding: Founding) -> None:
    town = await founding(MORNING)
    await town.start()
    anna = await town.contact_of(base := await running(town))
    await proposed(town, base, anna)
    async with town.database.transaction() as tx:
        told = await Assessments(tx).get(assessment_id(base, YEAR))
    assert (told.phase, told.grade) == (Phase.APPEAL, "基本合格")
    said = await anna.says("申诉")
    assert said.text == (
        f"1. 示例基地 {base}：2025 年考核拟定等次「基本合格」，2026-02-12 前可以申诉\n"
        "如有异议，请发「申诉 理由」。"
    )
    said = await anna.says("申诉 示例：培训人次漏计")
    assert said.text == f"✓ 已收到 示例基地 {base} 对 2025 年考核的申诉，处理结果将在此告知。"
    assert (await anna.again()).text == said.text, "delivered again, it is the same appeal"
    assert await appeal_of(town, base) == (Phase.REVIEW, "示例：培训人次漏计")
    said = await anna.says("申诉：示例：还有一事")
    assert said.text == "已于 2026-02-05 提出过申诉，每年考核只能申诉一次。（依据本系统约定考核申诉期）"
    said = await anna.says("申诉")
    assert said.text.startswith(f"1. 示例基地 {base}：2025 年考核拟定等次「基本合格」，已提出申诉")
    await take(town, base, WrittenResolution(kind=K.RESOLVE, upheld=False, reason="示例：核实无误"))
    await anna.hears(f"示例基地 {base} 2025 年考核申诉不成立，等次：基本合格。")
    day = business_day(town.clock.now())
    await take(town, base, WrittenPublication(kind=K.PUBLISH, document_no="示例发改〔2026〕9号", on=day))
    await anna.hears("等次：基本合格，已于 2026-02-05 公布（示例发改〔2026〕9号）（依据《推进措施》八）。")


@pytest.mark.rule("A12")
async def test_of_several_the_number_says_which_is_meant_and_a_redelivery_means_the_same(
    founding: Founding,
) -> None:
    town = await founding(MORNING)
    await town.start()
    bases = [await running(town), await running(town)]
    anna = await town.contact_of(*bases)
    for base in bases:
        await proposed(town, base, anna)
    for text in ("申诉", "申诉 示例：漏计", "申诉 3 示例：漏计", "申诉 2"):
        said = await anna.says(text)
        assert said.text.endswith("如有异议，请发「申诉 序号 理由」，如「申诉 1 理由」。"), text
    said = await anna.says("申诉 1 示例：漏计")
    assert said.text.startswith(f"✓ 已收到 示例基地 {bases[0]} ")
    assert (await anna.again()).text == said.text
    assert await appeal_of(town, bases[0]) == (Phase.REVIEW, "示例：漏计")
    assert await appeal_of(town, bases[1]) == (Phase.APPEAL, None)
    said = await anna.says("申诉 2 示例：也漏计")
    assert said.text.startswith(f"✓ 已收到 示例基地 {bases[1]} ")


async def test_who_has_nothing_to_appeal_against_is_told_so(town: Town) -> None:
    anna = await town.contact_of(await town.base())
    assert (await anna.says("申诉 示例：不服")).text == "目前没有可以申诉的年考核。"
    stranger = await town.stranger()
    assert "只对已登记的基地联系人开放" in (await stranger.says("申诉")).text


@pytest.mark.rule("A12")
async def test_a_reason_that_is_too_long_is_given_back(founding: Founding) -> None:
    town = await founding(MORNING)
    await town.start()
    anna = await town.contact_of(base := await running(town))
    await proposed(town, base, anna)
    said = await anna.says("申诉 " + "字" * 1001)
    assert said.text == "申诉理由共 1001 字，超过 1000 字，请精简后重发。"
    assert await appeal_of(town, base) == (Phase.APPEAL, None)
