"""The 2021 round with twelve applications on real servers, from 发榜 to the pilots: API, public pages and chat only."""

import io
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from app import embedded
from persistence.database import Database
from tests.life.round_people import (
    CHIPS,
    CITIZEN,
    CITY,
    CLOUD,
    COUNTY,
    DATA,
    DATONG,
    DEVELOPMENT,
    DRONES,
    EDUCATION,
    EVERYBODY,
    EXPERTS,
    FARMING,
    FINANCE,
    IN_CHAT,
    INDUSTRY,
    INSIDER,
    JUDGED,
    MINING,
    NURSING,
    ORCHARDS,
    PUBLISHED,
    RAILWAYS,
    ROBOTS,
    SENIORS,
    STATE_ASSETS,
    TAIYUAN,
    UNIVERSITY,
    Applicant,
)
from tests.life.round_town import NOTICE, ROUND, SLUG, Fair, links, open_office, paper
from tests.life.town import town
from tests.pdfs import pdf
from tests.support import at

OFFICIAL_NAME = "示例大数据产教融合重大平台载体"
PUBLICATION_NO = "示例发改科教发〔2022〕1号"


@pytest.mark.rule("B2", "B9", "B11", "B12", "B13", "B14", "B15", "B17", "B18", "B20")
async def test_the_2021_round_is_run_from_its_call_to_its_pilots(
    database: Database, database_url: str, scratch: Path
) -> None:
    folder = scratch / "round"
    folder.mkdir()
    # A server of its own: on the one that is shared, another test has a base of this round already.
    with embedded.temporal(folder, embedded.free_port(), None) as address:
        async with town(database_url, address, "2021-12-20 09:00", by_hand=False, home=folder) as place:
            fair = await open_office(place)
            await the_office_calls(fair)
            await twelve_apply(fair)
            await one_withdraws(fair)
            await departments_review(fair)
            await what_was_returned_is_put_right(fair)
            await experts_judge(fair)
            await the_list_is_made(fair)
            await one_takes_part_at_another_level(fair)
            await the_government_agrees(fair)
            await the_list_is_shown_to_the_public(fair)
            await somebody_objects_in_vain(fair)
            await the_list_is_published_by_itself(fair)
            await the_official_list_can_be_had(fair)
            await no_history_names_a_person(fair)


async def the_office_calls(fair: Fair) -> None:
    """发榜 on 2021-12-20: only the office may."""
    call = {
        "slug": SLUG,
        "title": "示例：2021年发榜",
        "briefing_on": "2021-12-30",
        "deadline": "2022-01-22T00:00:00+08:00",
        "layout": {TAIYUAN: [26]},
    }
    refused = await fair.cities[TAIYUAN].is_refused("POST", "/api/rounds", json=call)
    assert refused[1] == "《发榜公告》四"
    called = await fair.office.post("/api/rounds", call)
    assert (called["announced_on"], called["deadline"]) == ("2021-12-20", "2022-01-21")
    assert len(called["directions"]) == 30
    await fair.stands("申报")


async def twelve_apply(fair: Fair) -> None:
    """Two do everything in chat; ten are registered by the office and handed in by their contacts."""
    await fair.place.jump(at("2022-01-10 10:00"))
    for one in EVERYBODY:
        await fair.enters(one)
    await fair.applies_in_chat(DATA)
    await comes_with_nothing(fair, ROBOTS)
    for one in EVERYBODY:
        if one not in IN_CHAT:
            await fair.is_registered(one)
    await fair.stands("申报", ("申报主体", "提交申报", 11), *departments(DATA))
    await fair.hands_in_in_chat(ROBOTS)
    for one in EVERYBODY:
        if one not in IN_CHAT:
            await one.person.taps("提交申报", under=f"{one.name} 的申报已登记")
            await one.person.hears(f"✓ {one.name}：提交申报。当前阶段：自愿申报（形式审查）")
    await fair.stands("申报", *departments(*EVERYBODY))


def departments(*applicants: Applicant) -> list[tuple[str, str, int]]:
    """Whom the formal review of these waits for, before anybody has signed."""
    industry = sum(one.department == INDUSTRY for one in applicants)
    all_of_them = dict.fromkeys((DEVELOPMENT, FINANCE, STATE_ASSETS, EDUCATION), len(applicants))
    return [(who, "形式审查", n) for who, n in (all_of_them | {INDUSTRY: industry}).items() if n]


async def comes_with_nothing(fair: Fair, one: Applicant) -> None:
    """Who hands in too early is told everything that is missing, each with its clause."""
    await fair.registers_in_chat(one)
    first = await one.person.asks("提交", "申报还不能提交，共有 26 项需要补齐或改正")
    await one.person.hears("26. ", after=first.id - 1)
    told = "\n".join(message.text for message in await one.person.heard() if message.id >= first.id)
    listed = [line for line in told.splitlines() if line.partition(". ")[0].isdecimal()]
    gaps = await fair.office.ask(f"/api/bases/{one.base}/application")
    assert [line.partition(". ")[2] for line in listed] == [gap["detail"] for gap in gaps["missing"]]
    assert all("（依据《" in line for line in listed)
    for answer in one.answers:
        await one.person.asks(answer, "✓")


async def one_withdraws(fair: Fair) -> None:
    """撤回申报 in chat is asked twice."""
    await NURSING.person.asks("基地", NURSING.name)
    await NURSING.person.taps("撤回申报", under="等待：")
    await NURSING.person.taps("确认撤回", under="撤回后本次申报即告终止")
    await NURSING.person.hears(f"✓ {NURSING.name}：撤回申报")
    await fair.stands("申报", *departments(*EVERYBODY[:-1]))


async def departments_review(fair: Fair) -> None:
    """Side by side, each what is its own; one application is returned, one is turned down."""
    await fair.place.jump(at("2022-01-22 00:00"))
    await fair.stands("形式审查", *departments(*EVERYBODY[:-1]))
    await fair.place.jump(at("2022-01-24 09:30"))
    not_theirs = {"duty": "budget", "result": "通过"}
    refused = await fair.units[EDUCATION].may_not_decide(DATA.base, "签署审查意见", **not_theirs)
    assert "这项审查由省财政厅签署" in refused[0]
    await fair.signs(INDUSTRY, [DRONES], result="不通过", reason="不属于示例行业骨干企业")
    told = await DRONES.person.hears("不予受理")
    assert "理由：不属于示例行业骨干企业" in told.text
    await fair.signs(FINANCE, [MINING], result="退回补正", reason="预算依据不足", items=["plan"])
    for unit in (FINANCE, EDUCATION, STATE_ASSETS, INDUSTRY):
        await fair.signs(unit, JUDGED)
    await fair.stands("形式审查", (DEVELOPMENT, "形式审查", 10), ("申报主体", "补正", 1))
    await fair.signs(DEVELOPMENT, JUDGED)
    await fair.stands("形式审查", ("申报主体", "补正", 1), ("评审专家", "专家评议", 9))


async def what_was_returned_is_put_right(fair: Fair) -> None:
    """A new PDF over the link, 补正报送, and the department signs again."""
    person = MINING.person
    told = await person.hears("被省财政厅退回补正，请于 2022-01-29 前补正并报送")
    assert "需补正：建设实施方案\n理由：预算依据不足" in told.text
    await person.taps("补正报送", under="被省财政厅退回补正")
    await person.hears("「建设实施方案」退回后没有改动")
    await person.taps("填写申报书", under="被省财政厅退回补正")
    link = await person.hears("/upload/")
    await fair.uploads(MINING, link.text, {"plan": pdf(mark="补正后的方案")})
    await person.taps("补正报送", under="被省财政厅退回补正")
    await person.hears(f"✓ {MINING.name}：补正报送")
    await fair.stands("形式审查", (FINANCE, "形式审查", 1), ("评审专家", "专家评议", 9))
    await fair.signs(FINANCE, [MINING])
    await fair.reaches("专家评议", *JUDGED)


async def experts_judge(fair: Fair) -> None:
    """Three score everything; a fourth is recused from where the own university takes part."""
    await fair.place.jump(at("2022-02-14 10:00"))
    waiting = ("评审专家", "专家评议", 10), (DEVELOPMENT, "结束专家评议", 10)
    await fair.stands("专家评议", *waiting)
    everything = [3, 9, 22, 26]
    for n, (name, phone) in enumerate(EXPERTS):
        link = await fair.invites(name, f"示例评估机构{n}", phone, everything)
        await fair.scores(link, {one.base: one.points + n - 1 for one in JUDGED})
    await a_partner_s_expert_is_recused(fair)
    progress = await fair.office.ask(f"{ROUND}/experts")
    assert [(e["assigned"], e["scored"], e["recused"]) for e in progress] == [(10, 10, 0)] * 3 + [(1, 1, 1)]
    sealed = await fair.office.is_refused("GET", f"{ROUND}/scores")
    assert sealed == (
        "评议尚未结束，评分在结束前密封，任何人不能查看。（依据《发榜公告》五(二)）",
        "《发榜公告》五(二)",
    )
    await fair.stands("专家评议", *waiting)


async def a_partner_s_expert_is_recused(fair: Fair) -> None:
    """The page says so, and neither shows the application nor takes a score."""
    name, phone = INSIDER
    link = await fair.invites(name, UNIVERSITY, phone, [26])
    page = await fair.browser.get(link)
    assert page.text.count("按回避规定不予评审") == 1
    for method in ("GET", "POST"):
        assert (await fair.browser.request(method, f"{link}/{FARMING.base}")).status_code == 403
    assert (await fair.browser.get(f"{link}/{FARMING.base}/plan")).status_code == 403
    document = await fair.browser.get(f"{link}/{ORCHARDS.base}/plan")
    assert document.content == paper("plan")
    await fair.scores(link, {ORCHARDS.base: ORCHARDS.points})


async def the_list_is_made(fair: Fair) -> None:
    """By rank for the province, by each city for its own; then the conference settles it."""
    closing = {"organiser": "示例评估中心", "methods": ["基础资料评审"]}
    await fair.office.decides(ROUND, "结束专家评议", **closing)
    lists = [("太原市级办公室", "拟定太原市级名单", 0), ("太原市级办公室", "拟定太原县级名单", 0)]
    datong = ("大同市级办公室", "拟定大同市级名单", 0)
    conference = ("厅际联席会议", "讨论并确定名单", 10)
    await fair.stands("联席会议讨论", *lists, datong, conference)
    ranked = {row["base_id"]: row for row in await fair.office.ask(f"{ROUND}/list")}
    assert {one.name: float(ranked[one.base]["score"]) for one in JUDGED} == {
        one.name: one.points for one in JUDGED
    }
    assert [ranked[one.base]["rank"] for one in (DATA, CLOUD, CHIPS, ROBOTS, RAILWAYS)] == [1, 2, 3, 1, 2]
    assert [ranked[one.base]["selected"] for one in (DATA, CLOUD, CHIPS)] == [True, True, False]
    assert len(await fair.office.ask(f"{ROUND}/scores")) == 10
    third = {"base": CHIPS.base, "selected": True, "reason": "示例理由"}
    assert (await fair.office.may_not_decide(ROUND, "调整名单", **third))[1] == "《发榜公告》附件1说明1"
    early = await fair.office.may_not_decide(ROUND, "确定名单")
    assert "还没有收到：大同市级、太原县级、太原市级" in early[0]
    await cities_propose(fair)
    await fair.stands("联席会议讨论", conference)
    await fair.office.decides(ROUND, "确定名单")


async def cities_propose(fair: Fair) -> None:
    """Each its own lists, and no other's."""
    taiyuan, datong = fair.cities[TAIYUAN], fair.cities[DATONG]
    assert {row["base_id"] for row in await datong.ask(f"{ROUND}/list")} == {CHIPS.base, SENIORS.base}
    robots = {"level": CITY, "city": TAIYUAN, "selected": [ROBOTS.base]}
    assert (await datong.may_not_decide(ROUND, "拟定名单", **robots))[1] == "《发榜公告》五"
    await taiyuan.decides(ROUND, "拟定名单", **robots)
    await taiyuan.decides(ROUND, "拟定名单", level=COUNTY, city=TAIYUAN, selected=[ORCHARDS.base])
    await datong.decides(ROUND, "拟定名单", level=CITY, city=DATONG, selected=[SENIORS.base])


async def one_takes_part_at_another_level(fair: Fair) -> None:
    """The third of a direction is offered 市级; who is behind is told rank and reason."""
    await fair.stands("联席会议讨论", ("申报主体", "确认改报", 1))
    told = await RAILWAYS.person.hears(f"{RAILWAYS.name}：未入选")
    assert "本方向同级排名：第 2 名\n理由：评议排名靠后，未列入拟入选名单" in told.text
    offer = await CHIPS.person.hears("拟改报市级。理由：评议合格，但本级名额已满")
    assert "请于 2022-02-21 前确认" in offer.text
    await CHIPS.person.taps("接受改报", under="拟改报市级")
    await CHIPS.person.hears(f"✓ {CHIPS.name}：接受改报")
    await fair.stands("报请省政府同意", ("省政府", "同意名单", 9))


async def the_government_agrees(fair: Fair) -> None:
    """省政府同意."""
    await fair.place.jump(at("2022-03-10 10:00"))
    await fair.office.decides(ROUND, "省政府同意", document_no="示例政函〔2022〕1号", on="2022-03-10")
    await fair.stands("公示", (DEVELOPMENT, "发布公示", 9))
    assert (await fair.office.ask(f"/api/bases/{ROBOTS.base}"))["waiting_for"] == DEVELOPMENT
    assert (await fair.browser.get(NOTICE)).status_code == 404, "nothing is public before the notice"


async def the_list_is_shown_to_the_public(fair: Fair) -> None:
    """For five working days at least."""
    notice = {
        "first": "2022-03-14",
        "last": "2022-03-18",
        "publication_no": PUBLICATION_NO,
        "official_names": {DATA.base: OFFICIAL_NAME},
    }
    short = await fair.office.may_not_decide(ROUND, "公示", **notice | {"last": "2022-03-17"})
    assert short[1] == "本系统约定公示期"
    await fair.office.decides(ROUND, "公示", **notice)
    await fair.stands("公示", ("时间届满", "公示", 9))
    await fair.place.jump(at("2022-03-16 10:00"))
    page = await fair.browser.get(NOTICE)
    assert NOTICE in links(await fair.browser.get("/public/notices"))
    assert all(one.lead in page.text for one in PUBLISHED)
    assert not any(one.lead in page.text for one in (RAILWAYS, DRONES, NURSING))


async def somebody_objects_in_vain(fair: Fair) -> None:
    """The clock of that one base stands still for a day."""
    receipt = await fair.objects(CLOUD, *CITIZEN, reason="该单位的场地尚未落实，请核实。")
    assert receipt.startswith(f"{SLUG}-")
    await fair.stands("公示", ("时间届满", "公示", 8), (DEVELOPMENT, "处理异议", 1))
    [objection] = await fair.office.ask(f"{ROUND}/objections")
    assert (objection["base"], objection["name"], objection["contact"]) == (CLOUD.base, *CITIZEN)
    assert await fair.cities[DATONG].ask(f"{ROUND}/objections") == []
    await fair.place.jump(at("2022-03-17 10:00"))
    found = {"objection": objection["id"], "upheld": False, "reason": "经核查，场地已落实"}
    await fair.office.decides(CLOUD.base, "异议处理", **found)
    await fair.stands("公示", ("时间届满", "公示", 9))


async def the_list_is_published_by_itself(fair: Fair) -> None:
    """On the first working day after the notice; the one that stood still comes later."""
    others = [one for one in PUBLISHED if one is not CLOUD]
    await fair.place.jump(at("2022-03-19 00:00"))
    await fair.stands("公布", ("时间届满", "公布", 8), ("时间届满", "公示", 1))
    await fair.place.jump(at("2022-03-21 12:00"))
    await fair.reaches("培育建设", *others)
    await fair.stands("公布", ("时间届满", "公示", 1))
    await fair.place.jump(at("2022-03-23 00:00"))
    await fair.stands("公布", ("时间届满", "公布", 1))
    await fair.place.jump(at("2022-03-23 12:00"))
    await fair.reaches("培育建设", CLOUD)
    await fair.stands("结束")
    await fair.place.jump(at("2022-03-23 15:00"))  # nobody is told at noon
    for one in PUBLISHED:
        base = await fair.office.ask(f"/api/bases/{one.base}")
        day = "2022-03-23" if one is CLOUD else "2022-03-21"
        assert (base["stage"], base["pilot_start"]) == ("试点培育", day)
        told = await one.person.hears("：公布。当前阶段：试点培育")
        assert f"文号：{PUBLICATION_NO}" in told.text
    assert (await fair.office.ask(f"/api/bases/{CHIPS.base}"))["level"] == CITY


async def the_official_list_can_be_had(fair: Fair) -> None:
    """As a page, as DOCX and as XLSX, under the official names."""
    names = {OFFICIAL_NAME, *(one.name for one in PUBLISHED if one is not DATA)}
    page = await fair.browser.get(NOTICE)
    assert all(name in page.text for name in names)
    assert PUBLICATION_NO in page.text
    assert "提出异议" not in page.text
    docx = Document(io.BytesIO((await fair.browser.get(f"{NOTICE}.docx")).content))
    assert {row.cells[3].text for row in docx.tables[0].rows[1:]} == names
    book = load_workbook(io.BytesIO((await fair.browser.get(f"{NOTICE}.xlsx")).content))
    assert book.sheetnames == ["省级", "市级", "县级"]
    listed = {row[3].value: row[1].value for sheet in book for row in sheet.iter_rows(min_row=4)}
    assert listed == {
        OFFICIAL_NAME if one is DATA else one.name: CITY if one is CHIPS else one.level for one in PUBLISHED
    }


async def no_history_names_a_person(fair: Fair) -> None:
    """Temporal keeps ids; names and telephones are in the database alone."""
    people = [*(one.contact for one in EVERYBODY), *EXPERTS, INSIDER, CITIZEN]
    secrets = [said for person in people for said in person]
    for workflow_id in (f"round-{SLUG}", *(one.base for one in EVERYBODY)):
        history = await history_of(fair, workflow_id)
        assert "形式审查" in history
        assert [said for said in secrets if said in history] == []


async def history_of(fair: Fair, workflow_id: str) -> str:
    """Everything that a workflow has been told and has said, as text."""
    history = await fair.place.parts.client.get_workflow_handle(workflow_id).fetch_history()
    return b"".join(event.SerializeToString() for event in history.events).decode("utf-8", "replace")
