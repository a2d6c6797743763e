"""The whole life of a base, from 填报申报材料 to 认定授牌, over the true year."""

from datetime import date
from decimal import Decimal

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.decisions import (
    Accept,
    ApplyCertification,
    Certify,
    Consent,
    PassAcceptance,
    Propose,
    Publish,
    Score,
    StartNotice,
    Submit,
)
from domain.lifecycle import Stage, Step
from domain.terms import ObligationState
from persistence.bases import Bases
from persistence.database import Database
from tests.support import LEAD, at, eventually, state_of
from tests.workflows.scene import CANONICAL, new_base_id, playing

TWELVE = [f"2022-{m:02d}" for m in range(3, 13)] + ["2023-01", "2023-02"]


@pytest.mark.rule("B11", "B15", "B16", "A10")
async def test_a_base_lives_from_its_application_to_its_plaque_with_twelve_monthly_dispatches(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id())
    async with playing(skipping, database, "2021-12-20 09:00", state, opening_total="1000") as base:
        assert (await base.base()).waiting_for == "申报主体"
        await base.until("2022-01-10 10:00")
        await base.decide(Submit(), LEAD)
        await base.until("2022-01-24 10:00")
        await base.decide(Accept())
        score = Score(score=Decimal("91.25"), organiser="第三方机构", methods=("互联网+现场答辩",))
        await base.decide(score)
        await base.decide(Propose())
        await base.decide(Consent(document_no="晋政函〔2022〕8号", on=date(2022, 1, 24)))
        await base.until("2022-02-21 09:00")
        now = await base.decide(StartNotice(first=date(2022, 2, 21), last=date(2022, 2, 25)))
        assert (now.waiting_for, now.next_due) == ("时间届满", at("2022-02-26 00:00"))
        await base.until("2022-03-01 10:00")
        await eventually(base.step, lambda step: step == Step.PUBLICATION)
        published = await base.decide(
            Publish(document_no="晋发改〔2022〕66号", on=date(2022, 3, 1), official_name="示例大数据平台")
        )
        assert (published.state.stage, published.next_due) == (Stage.PILOT, at("2023-03-02 00:00"))

        total = Decimal(1000)
        for period in TWELVE:
            await base.opened(period)
            total += Decimal(CANONICAL["invest_month"])
            view = await base.hand_in(period)
            assert view.values == CANONICAL | {"invest_total": f"{total:.2f}"}
            row = await base.ended(period)
            assert (row.state, row.on_time) == (ObligationState.SUBMITTED, True)
            assert await base.figures(period) == view.values

        await base.until("2023-03-02 10:00")
        await eventually(base.step, lambda step: step == Step.CERTIFICATION_DUE)
        await base.decide(ApplyCertification(), LEAD)
        await base.decide(PassAcceptance())
        done = await base.decide(Certify(document_no="晋发改〔2023〕88号", on=date(2023, 3, 2)))

        assert done.state.stage is Stage.CERTIFIED
        assert done.state.title == "省级产教融合重大平台载体和实训基地"
        assert list(await base.periods()) == TWELVE
        async with database.transaction() as tx:
            shown = await Bases(tx).get(base.base_id, at("2023-03-02 11:00"))
        assert (shown.stage, shown.name, shown.certificate_no) == (
            "认定授牌",
            "示例大数据平台",
            "晋发改〔2023〕88号",
        )
        assert [k for k in await base.kinds() if not k.startswith("月调度")] == [
            "提交申报",
            "受理",
            "评议",
            "拟入选",
            "省政府同意",
            "公示",
            "公示期满",
            "公布",
            "试点期满",
            "申请认定",
            "验收通过",
            "授牌",
        ]
        assert (await base.kinds()).count("月调度报送") == 12
        assert base.told().count("certification_soon") == 3
        assert base.told().count("pilot_over") == 1
