"""待我办 beyond reports: steps of bases, signatures, supervision, assessment, objections, messages that did not arrive."""

import re
from datetime import date
from functools import partial

import pytest

from casework.assessing import WrittenClosing
from casework.supervision import WrittenFinding, WrittenRecord
from casework.supervision import decide as supervises
from domain.assessment import Phase
from domain.assessment_decisions import AssessmentDecisionKind as K
from domain.base import BaseState
from domain.decisions import PassAcceptance, Suspend
from domain.ids import assessment_id, supervision_id
from domain.lifecycle import Step
from domain.office_tasks import NewTask, OfficeTaskKind
from domain.policy.grounds import Ground
from domain.policy.supervision import Severity
from domain.supervision_decisions import SupervisionDecisionKind
from domain.terms import City, Level, ObligationState
from persistence.assessments import AssessmentRow, Assessments
from persistence.office_tasks import OfficeTaskRow, OfficeTasks
from persistence.officials import Officials
from persistence.supervision import SupervisionRow, Supervisions
from tests.conversations.conftest import Founding
from tests.conversations.offices import somebody
from tests.conversations.people import Chatter
from tests.conversations.rounds import called, decided, row_of
from tests.conversations.rounds import handed_in as applied
from tests.conversations.test_appeal import take
from tests.conversations.town import Town, new_base_id
from tests.peers.phone import Said
from tests.support import OFFICE, eventually, state_of
from tests.workflows.scene import under_way
from workflows import queues
from workflows.assessment import Assessment
from workflows.messages import FollowUpInput
from workflows.supervision import Supervision

YEAR, QUARTER = "2025", "2025-Q4"
MORNING = "2026-02-05 10:00"


async def at_step(town: Town, step: Step, level: Level = Level.PROVINCE) -> str:
    """A base that lives and stands at a step."""
    state: BaseState = state_of(
        new_base_id(), step, level, published_on=date(2020, 7, 1), since=town.clock.now()
    )
    base = await town.base(state)
    await town.start(state)
    return base


async def card_of(person: Chatter, what: str) -> Said:
    """The card of the one thing in the list that is called so."""
    listed = await person.says("待我办")
    line = next(line for line in listed.text.splitlines() if what in line)
    number = re.match(r"\d+\.", line)
    assert number, line
    return await person.taps(next(label for label in listed.buttons if label.startswith(number[0])))


async def is_at(town: Town, base: str, step: Step) -> None:
    async def ask() -> str:
        return (await row_of(town, base)).step

    await eventually(ask, lambda found: found == step)


async def quiet(town: Town, workflow_id: str) -> None:
    """The server's clock stands still for good if an update comes while the workflow is busy."""
    await eventually(partial(under_way, town.env, workflow_id), lambda count: count == 0)


async def sure(town: Town, person: Chatter, workflow_id: str) -> Said:
    """Say yes."""
    await quiet(town, workflow_id)
    return await person.taps("确认")


# Steps of a base


@pytest.mark.rule("B16")
async def test_the_acceptance_is_passed_and_the_plaque_given_with_its_document(town: Town) -> None:
    base, office = await at_step(town, Step.ACCEPTANCE), await somebody(town)
    card = await card_of(office, "认定验收")
    assert list(card.buttons) == ["验收通过", "验收未通过", "下一项"]
    await office.taps("验收通过")
    assert (await office.taps("确认")).text == f"✓ 已办理：认定验收（示例基地 {base}）。决定：验收通过。"
    await is_at(town, base, Step.PLAQUE)
    await card_of(office, "待授牌")
    asked = await office.taps("授牌")
    assert "请发送「授牌」的文号和日期" in asked.text
    assert (await office.says("晋示例〔2022〕1号")).text.startswith("「晋示例〔2022〕1号」不能识别。")
    sure = await office.says("晋示例〔2022〕1号 1月5日")
    assert sure.text.endswith("决定：授牌\n内容：晋示例〔2022〕1号（2022-01-05）")
    await office.taps("确认")
    await is_at(town, base, Step.RUNNING)
    assert (await row_of(town, base)).certificate_no == "晋示例〔2022〕1号"


@pytest.mark.rule("B16")
async def test_a_yes_that_was_cut_off_after_the_decision_is_the_same_yes_when_it_comes_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next step waits for the same office: it is another question, and the decision was taken all the same."""
    base, office = await at_step(town, Step.ACCEPTANCE), await somebody(town)
    await card_of(office, "认定验收")
    await office.taps("验收通过")
    update = await office.tapped("确认")
    with monkeypatch.context() as cut_off:
        cut_off.setattr(Officials, "change", _gone)
        with pytest.raises(RuntimeError):
            await office.sends(update)
    await is_at(town, base, Step.PLAQUE)
    assert (await office.delivers(update)).text == f"✓ 已办理：认定验收（示例基地 {base}）。决定：验收通过。"


async def _gone(*_: object) -> None:
    raise RuntimeError("the database is gone")


@pytest.mark.rule("B16")
async def test_a_plaque_of_tomorrow_is_refused_with_its_clause(town: Town) -> None:
    base, office = await at_step(town, Step.PLAQUE), await somebody(town)
    await card_of(office, "待授牌")
    await office.taps("授牌")
    await office.says("晋示例〔2022〕1号，2022-01-06")
    assert (await office.taps("确认")).text == "日期 2022-01-06 还没有到。（依据《发榜公告》五）"
    await is_at(town, base, Step.PLAQUE)


@pytest.mark.rule("B12", "B16")
async def test_the_acceptance_of_a_city_is_the_citys_and_what_the_office_decided_is_told(town: Town) -> None:
    base = await at_step(town, Step.ACCEPTANCE, Level.CITY)
    city, office = await somebody(town, city=City.TAIYUAN), await somebody(town)
    assert "认定验收" not in (await office.says("待我办")).text
    await card_of(city, "认定验收")
    await city.taps("验收未通过")
    await city.says("申诉期内未提供证明材料")
    await decided(town, base, PassAcceptance(), OFFICE)
    refused = await city.taps("确认")
    assert refused.text.splitlines()[0].startswith("现在是「待授牌」，不能「验收未通过」。")
    assert refused.text.splitlines()[1] == "这一项已由省发展改革委于 2022-01-05 10:20 办理：验收通过。"


@pytest.mark.rule("A10")
async def test_a_base_that_stands_still_waits_for_whoever_lets_it_go_on(town: Town) -> None:
    base, office = await at_step(town, Step.RUNNING), await somebody(town)
    await decided(
        town, base, Suspend(reason="停工整顿", ground=Ground.HALTED, document_no="示例〔2022〕1号"), OFFICE
    )
    await card_of(office, "常态运行")
    await office.taps("恢复运行")
    await office.taps("确认")

    async def waits() -> str:
        return (await row_of(town, base)).waiting_for

    assert await eventually(waits, lambda found: found == "时间届满")


@pytest.mark.rule("B13")
async def test_what_needs_more_than_a_word_is_for_the_desk(town: Town) -> None:
    await at_step(town, Step.EXPERT_REVIEW)
    office = await somebody(town)
    card = await card_of(office, "专家评议")
    assert card.text.splitlines()[-1] == (
        "这一步需要更多材料，请在办公桌面或通过接口办理。可以作出：评议、撤回申报。"
    )
    assert list(card.buttons) == ["下一项"]


# The formal review


@pytest.mark.rule("B9")
async def test_a_member_unit_returns_papers_by_number_and_signs_what_came_again(founding: Founding) -> None:
    town = await founding("2022-01-10 10:00")
    await called(town)
    anna = await town.contact_of()
    base = await applied(town, anna)
    finance = await somebody(town, "省财政厅")
    card = await card_of(finance, "签署形式审查意见")
    lines = card.text.splitlines()
    assert "审查事项：建设预算审核；对象：—；本单位还有 1 项待签" in lines
    assert any(re.fullmatch(r"2\. 建设实施方案：\d+ 页", line) for line in lines)
    assert re.search(
        r"^查看材料（\d{4}-\d\d-\d\d 前有效，请勿转发）：https?://\S+/files/\S+$", card.text, re.MULTILINE
    )
    assert list(card.buttons) == ["通过", "退回补正", "不通过", "下一项"]
    await finance.taps("退回补正")
    assert "9 项" in (await finance.says("9：预算表缺页")).text
    sure = await finance.says("2：预算表缺页")
    assert sure.text.endswith("决定：退回补正\n内容：2. 建设实施方案：预算表缺页")
    done = await finance.taps("确认")
    assert done.text.endswith("决定：退回补正。")
    assert (await finance.again()).text == done.text
    notice = await anna.hears("被省财政厅退回补正")
    assert "需补正：建设实施方案\n理由：建设实施方案：预算表缺页" in notice.text
    review = (await town.gateway.base(base)).state.review
    assert review
    assert [*review.signed] == ["budget"]


@pytest.mark.rule("B9")
async def test_a_unit_with_several_duties_signs_them_one_after_the_other(founding: Founding) -> None:
    town = await founding("2022-01-10 10:00")
    await called(town)
    base = await applied(town, await town.contact_of())
    review = (await town.gateway.base(base)).state.review
    assert review
    unit = next(d.department for d in review.duties if d.id not in ("whole", "budget"))
    count = sum(d.department == unit for d in review.duties)
    person = await somebody(town, unit)
    for left in range(count, 0, -1):
        card = await card_of(person, "签署形式审查意见")
        assert f"本单位还有 {left} 项待签" in card.text
        await person.taps("通过")
        assert (await person.taps("确认")).text.endswith("决定：通过。")

    async def pending() -> list[str]:
        found = (await town.gateway.base(base)).state.review
        return [d.department for d in found.pending] if found else []

    assert unit not in await pending()


# Supervision and assessment


async def supervision(town: Town) -> str:
    """A supervision that has begun; its base's id."""
    await town.work()
    base = await town.base(state_of(new_base_id(), Step.RUNNING, published_on=date(2024, 1, 1)))
    found = supervision_id(base, QUARTER)
    report = ObligationState.SUBMITTED
    start = FollowUpInput(base_id=base, period=QUARTER, clock=town.clock.current, self_report=report)
    await town.env.client.start_workflow(Supervision.run, start, id=found, task_queue=queues.MAIN_QUEUE)

    async def opened() -> bool:
        return (await town.gateway.supervision(found)).state is not None

    await eventually(opened)
    return base


async def supervised(town: Town, base: str) -> SupervisionRow:
    async with town.database.transaction() as tx:
        return await Supervisions(tx).get(supervision_id(base, QUARTER))


@pytest.mark.rule("A10")
async def test_a_supervision_is_concluded_once_somebody_went_there_and_nothing_is_open(
    founding: Founding,
) -> None:
    town = await founding(MORNING)
    base, office = await supervision(town), await somebody(town)
    kind = SupervisionDecisionKind.RECORD
    work = (town.database, town.gateway, supervision_id(base, QUARTER))
    card = await card_of(office, "季督导")
    if "办结：未发现问题"[:10] not in card.buttons:
        assert "请先在办公桌面登记现场督导情况" in card.text
        visit = WrittenRecord(kind=kind, visited=date(2026, 2, 4))
        await supervises(*work, visit, OFFICE, "test:visit")
        card = await card_of(office, "季督导")
    await office.taps("办结：未发现问题"[:10])
    await office.taps("确认")
    assert (await supervised(town, base)).conclusion == "未发现问题"
    gone = await office.taps("办结：未发现问题"[:10], on=card)
    assert gone.text.startswith("这一项已由省发展改革委于 2026-02-05 10:00 办理：未发现问题。")


@pytest.mark.rule("A10")
async def test_a_supervision_is_not_concluded_as_it_stood_before_something_was_found(
    founding: Founding,
) -> None:
    town = await founding(MORNING)
    base, office = await supervision(town), await somebody(town)
    found = WrittenFinding(item="other", severity=Severity.MINOR, text="台账不全")
    card = await card_of(office, "季督导")
    written = WrittenRecord(kind=SupervisionDecisionKind.RECORD, findings=(found,))
    await supervises(town.database, town.gateway, supervision_id(base, QUARTER), written, OFFICE, "test:1")
    shown = await office.taps("办结：未发现问题", on=card)
    lines = shown.text.splitlines()
    assert lines[0] == "情况有了变化，请核对后再决定："
    assert "问题 1（一般）：台账不全" in lines
    assert "办结：已指出问题" in shown.buttons
    assert (await supervised(town, base)).conclusion is None


async def assessment(town: Town) -> str:
    """An assessment whose evaluation is closed; its base's id."""
    await town.work()
    base = await town.base(state_of(new_base_id(), Step.RUNNING))
    found = assessment_id(base, YEAR)
    missing = ObligationState.MISSING
    start = FollowUpInput(base_id=base, period=YEAR, clock=town.clock.current, self_report=missing)
    await town.env.client.start_workflow(Assessment.run, start, id=found, task_queue=queues.MAIN_QUEUE)

    async def opened() -> bool:
        return (await town.gateway.assessment(found)).state is not None

    await eventually(opened)
    await take(town, base, WrittenClosing(kind=K.CLOSE, reason="示例：机构不足"))
    return base


async def assessed(town: Town, base: str) -> AssessmentRow:
    async with town.database.transaction() as tx:
        return await Assessments(tx).get(assessment_id(base, YEAR))


@pytest.mark.rule("A12")
async def test_a_grade_is_proposed_appealed_against_bettered_and_published(founding: Founding) -> None:
    town = await founding(MORNING)
    office = await somebody(town)
    base = await assessment(town)
    anna = await town.contact_of(base)
    card = await card_of(office, "年考核：待拟定等次")
    assert "等次 基本合格" in card.text
    await office.taps("按此等次拟定")
    await sure(town, office, assessment_id(base, YEAR))
    await anna.hears("拟定等次：基本合格")
    await quiet(town, assessment_id(base, YEAR))
    await anna.says("申诉 培训人次漏计")
    await office.hears("提出申诉")
    card = await card_of(office, "年考核：申诉处理")
    assert "理由：培训人次漏计" in card.text
    assert list(card.buttons) == ["成立：优秀", "成立：合格", "不成立", "下一项"]
    await office.taps("成立：合格")
    await office.says("申诉理由成立，补计后达到合格")
    await sure(town, office, assessment_id(base, YEAR))
    await anna.hears("申诉成立", "等次：合格")
    await card_of(office, "年考核：待公布")
    await office.taps("公布")
    await office.says("示例发改〔2026〕9号 2026年2月5日")
    await sure(town, office, assessment_id(base, YEAR))
    row = await assessed(town, base)
    assert (row.phase, row.grade, row.document_no) == (Phase.PUBLISHED, "合格", "示例发改〔2026〕9号")


# Messages that did not arrive


async def test_a_message_that_did_not_arrive_is_seen_to_with_a_remark(town: Town) -> None:
    base = await town.base()
    office, city = await somebody(town), await somebody(town, city=City.TAIYUAN)
    task = NewTask(
        kind=OfficeTaskKind.UNREACHABLE, subject=base, base_id=base, channel="telegram", why="blocked"
    )
    async with town.database.transaction() as tx:
        number = await OfficeTasks(tx).open_(task, town.clock.now())
    assert (await city.says("待我办")).text == "太原市级办公室目前没有待办事项。"
    card = await card_of(office, "处理消息问题：联系不上")
    assert "渠道：telegram；原因：blocked" in card.text
    await office.taps("已处理")
    await office.says("已电话通知")
    done = await office.taps("确认")
    assert done.text.startswith("✓ 已办理：处理消息问题")
    assert (await office.again()).text == done.text

    async def row() -> OfficeTaskRow:
        async with town.database.transaction() as tx:
            return await OfficeTasks(tx).get(number)

    closed = await row()
    assert closed.remark == "已电话通知"
    assert (closed.closed_by or "").startswith("contact:")
    forged = Said(done.message_id, done.text, {"看": f"w:t:{number}:0:o"})
    assert (await office.taps("看", on=forged)).text.startswith("这一项已由省发展改革委于")
