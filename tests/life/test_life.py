"""One whole life on the real Temporal server and the real PostgreSQL, through chat and API only."""

from datetime import date, datetime

import pytest

from domain.calendar import Period, PeriodKind
from persistence.database import Database
from tests.life.town import Person, Town, town
from tests.support import at, eventually

APPLICATION = {
    "code": "示例-2021-001",
    "round": "2021",
    "direction": 3,
    "name": "示例大数据产教融合实训基地",
    "lead": "示例职业技术大学",
    "lead_kind": "高等学校",
    "level": "省级",
    "city": "太原",
    "planned_total": "8600.00",
}


@pytest.mark.rule("B11", "B15", "B16", "A10")
async def test_a_base_lives_from_application_to_plaque(
    database: Database, database_url: str, real_temporal: str
) -> None:
    async with town(database_url, real_temporal, "2022-01-10 09:00") as place:
        contact, base_id = await _applies(place)
        await _is_selected(place, base_id)
        for n in range(12):
            await _reports(place, contact, base_id, n)
        await _is_certified(place, contact, base_id)
        await _stands_certified_with_twelve_reports(place, base_id)


async def _applies(place: Town) -> tuple[Person, str]:
    contact, contact_id = await place.contact("示例联系人")
    made = await place.post("/api/bases", APPLICATION | {"contact_id": contact_id})
    assert (made["stage"], made["waiting_for"]) == ("自愿申报", "申报主体")
    again = await place.post("/api/bases", APPLICATION | {"contact_id": contact_id})
    assert again["id"] == made["id"], "the same number is the same base"
    await contact.taps("提交申报", under="申报已登记")
    await contact.hears("当前阶段：自愿申报（形式审查）")
    return contact, made["id"]


async def _is_selected(place: Town, base_id: str) -> None:
    await place.office(base_id, "受理")
    await place.jump(at("2022-02-14 10:00"))
    await place.office(
        base_id, "评议", score="91.5", organiser="示例评估中心", methods=["基础资料评审", "视频转播考察"]
    )
    await place.office(base_id, "拟入选")
    await place.office(base_id, "省政府同意", document_no="示例政函〔2022〕1号", on="2022-02-14")
    await place.office(base_id, "公示", first="2022-02-21", last="2022-02-25")
    await place.jump(at("2022-02-26 00:00"))
    await eventually(lambda: place.ask(f"/api/bases/{base_id}"), lambda b: b["step"] == "待公布")
    await place.jump(at("2022-03-10 10:00"))
    published = await place.office(
        base_id,
        "公布",
        document_no="示例发改科教发〔2022〕1号",
        on="2022-03-10",
        official_name="示例大数据产教融合重大平台载体",
    )
    assert (published["stage"], published["name"]) == ("试点培育", "示例大数据产教融合重大平台载体")


async def _reports(place: Town, contact: Person, base_id: str, n: int) -> None:
    first = Period(kind=PeriodKind.MONTH, year=2022, number=3)
    period = first
    for _ in range(n):
        period = period.next
    told = await eventually(lambda: _told(place, base_id, str(period)))
    assert told
    await place.jump(told)
    await contact.hears(f"{period.year}年{period.number}月月调度，共 22 项")
    await contact.fills_the_form()
    await eventually(
        lambda: place.ask("/api/obligations", base=base_id, period=str(period)),
        lambda page: bool(page["items"]) and page["items"][0]["state"] == "已报送",
    )


async def _told(place: Town, base_id: str, period: str) -> datetime | None:
    """When the contact is told, some minutes after it opens."""
    agenda = (await place.parts.gateway.base(base_id)).agenda
    found = next((a for a in agenda if a.schedule and a.schedule.period == period), None)
    if found is None and agenda == () and place.clock.now() < at("2023-01-01 00:00"):
        await place.jump(at("2023-01-01 00:00"))  # the next year is planned when it begins
    return found.schedule.nudges[0].at if found and found.schedule else None


async def _is_certified(place: Town, contact: Person, base_id: str) -> None:
    early = await place.http.post(f"/api/bases/{base_id}/decisions", json={"kind": "验收通过"})
    assert (early.status_code, early.json()["clause"]) == (409, "《发榜公告》五")
    await place.jump(at("2023-03-11 00:00"))  # a Saturday: the contact is told on Monday
    await eventually(lambda: place.ask(f"/api/bases/{base_id}"), lambda b: b["step"] == "待认定申请")
    await place.jump(at("2023-03-13 10:00"))
    await contact.taps("申请认定", under="试点培育期已满")
    await contact.hears("申请认定。当前阶段：试点培育（认定验收）")
    await place.jump(at("2023-03-15 10:00"))
    await place.office(base_id, "验收通过")
    await place.office(base_id, "授牌", document_no="示例发改认定〔2023〕1号", on="2023-03-15")
    told = await contact.hears("授予称号")
    assert "省级产教融合重大平台载体和实训基地" in told.text
    assert "示例发改认定〔2023〕1号" in told.text


async def _stands_certified_with_twelve_reports(place: Town, base_id: str) -> None:
    base = await place.ask(f"/api/bases/{base_id}")
    assert base["stage"] == "认定授牌"
    assert base["title"] == "省级产教融合重大平台载体和实训基地"
    assert date.fromisoformat(base["pilot_start"]) == date(2022, 3, 10)
    # Ten working days after it was handed in a report counts as accepted; the last one is still under review.
    assert [o["state"] for o in base["obligations"]] == ["已通过"] * 11 + ["已报送"]
    assert all(o["on_time"] for o in base["obligations"])
    last_total = 0.0
    for one in base["obligations"]:
        detail = await place.ask(f"/api/obligations/{one['id']}")
        assert detail["filled"] == len(detail["values"]) == 22
        total = float(detail["values"]["invest_total"])
        assert total == last_total + float(detail["values"]["invest_month"]), "as offered, month after month"
        last_total = total
    kinds = [entry["kind"] for entry in await place.ask(f"/api/bases/{base_id}/timeline")]
    assert kinds.count("月调度报送") == 12
    assert [k for k in kinds if not k.startswith("月调度")] == [
        "登记申报",
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
    listed = await place.ask("/api/bases", stage="认定授牌")
    assert [b["id"] for b in listed["items"]] == [base_id]
