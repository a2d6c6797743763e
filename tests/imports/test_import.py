"""`jiebang import`: bases that exist already, from an XLSX into the records and their workflows."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from app.import_row import HEADINGS, LARGEST
from app.importing import ImportRefused, Row, RowError, Taken, read, take_in, write_template
from domain.base import BaseState
from domain.calendar import start_of
from domain.ids import obligation_id
from domain.lifecycle import Stage, Step
from domain.policy.pilot import pilot_last_day
from domain.terms import City, ContactRole, LeadKind, Level, ObligationKind
from persistence.bases import Bases, Timeline
from persistence.colleagues import Colleagues
from persistence.database import Database
from persistence.obligations import ObligationFilter, Obligations
from persistence.tables import metadata
from tests.support import Recorder, at, clock_from, eventually, register, state_of, working
from workflows.gateway import Gateway

TODAY = date(2026, 3, 12)
START, LAST = date(2025, 3, 1), date(2026, 3, 1)

PILOT: dict[str, Any] = {
    "基地编号": "晋-001",
    "基地名称": "太原大数据基地",
    "牵头单位": "示例职业技术大学",
    "牵头单位类型": "高等学校",
    "级别": "省级",
    "城市": "太原",
    "产业方向序号": 3,
    "阶段": "试点培育",
    "试点起始日期": START,
    "认定文件号": None,
    "认定日期": None,
    "计划总投资(万元)": 5000,
    "开工以来累计完成投资(万元)": 1200.5,
    "联系人姓名": "张三",
    "联系人电话": "13800000000",
    "行业主管部门": "省教育厅",
    "副联系人姓名": "李四",
    "副联系人电话": "13800000001",
    "负责人姓名": "王五",
    "负责人电话": None,
}
BEFORE_PEOPLE = len(PILOT) - 4
"""The columns before there were deputies and heads."""
CERTIFIED: dict[str, Any] = {**PILOT, "阶段": "认定授牌", "认定文件号": "晋发改〔2026〕1号", "认定日期": LAST}
ROW = 4  # the first row below the template's headings


def filled(folder: Path, *rows: Mapping[str, Any]) -> Path:
    """The template with these rows filled in."""
    path = folder / "bases.xlsx"
    write_template(path)
    book = load_workbook(path)
    for row in rows:
        book["基地"].append([row.get(heading) for heading in HEADINGS])
    book.save(path)
    return path


def sheet(folder: Path, *lines: list[Any], title: str = "基地") -> Path:
    """A workbook that was not made from the template."""
    book = Workbook()
    book.worksheets[0].title = title
    for line in lines:
        book.worksheets[0].append(line)
    book.save(folder / "own.xlsx")
    return folder / "own.xlsx"


def errors_of(path: Path) -> list[RowError]:
    """What a file is refused for."""
    with pytest.raises(ImportRefused) as refused:
        read(path, TODAY)
    return refused.value.errors


def row(**changes: Any) -> Row:
    """A checked row of a base in its pilot."""
    return Row.model_validate({**PILOT, **changes}, context={"today": TODAY})


def test_the_template_is_empty_and_helps(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["基地", "示例", "产业方向"]
    ws = book["基地"]
    assert [cell.value for cell in ws[3]] == list(HEADINGS)
    assert ws.max_row == 3
    assert ws.freeze_panes == "A4"
    lists = {str(v.sqref)[0]: v.formula1 for v in ws.data_validations.dataValidation}
    assert lists["D"] == '"市人民政府,行业骨干企业,高等学校,开发区"'
    assert lists["E"] == '"省级,市级,县级"'
    assert lists["F"].count(",") == len(City) - 1
    assert lists["G"] == "产业方向!$A$2:$A$31"
    assert lists["H"] == '"试点培育,认定授牌"'
    assert book["产业方向"]["A31"].value == 30
    assert ws.column_dimensions["I"].number_format == "yyyy-mm-dd"
    assert errors_of(tmp_path / "t.xlsx")[0].message.startswith("「基地」表的表头下面没有一行数据")


def test_the_example_is_one_that_would_be_accepted(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    del book["基地"]
    book["示例"].title = "基地"
    book.save(tmp_path / "t.xlsx")
    (example,) = read(tmp_path / "t.xlsx", TODAY)
    assert all(
        v.startswith("示例") for v in (example.code, example.name, example.lead, example.contact_name or "")
    )


def test_a_filled_template_comes_back(tmp_path: Path) -> None:
    blank = {"基地名称": "  "}
    found = read(filled(tmp_path, PILOT, {}, blank, {**CERTIFIED, "基地编号": 7}), TODAY)
    assert found[0] == row()
    assert found[0].model_dump() == {
        "code": "晋-001",
        "name": "太原大数据基地",
        "lead": "示例职业技术大学",
        "lead_kind": LeadKind.SCHOOL,
        "level": Level.PROVINCE,
        "city": City.TAIYUAN,
        "direction": 3,
        "stage": Stage.PILOT,
        "pilot_start": START,
        "certificate_no": None,
        "certified_on": None,
        "planned_total": Decimal("5000.00"),
        "opening_total": Decimal("1200.50"),
        "contact_name": "张三",
        "contact_phone": "13800000000",
        "department": "省教育厅",
        "deputy_name": "李四",
        "deputy_phone": "13800000001",
        "head_name": "王五",
        "head_phone": None,
    }
    assert (found[1].code, found[1].certified_on) == ("7", LAST)


@pytest.mark.parametrize(
    ("column", "given", "field", "value"),
    [
        ("试点起始日期", "2025-03-01", "pilot_start", START),
        ("试点起始日期", "2025/3/1", "pilot_start", START),
        ("试点起始日期", "2025年3月1日", "pilot_start", START),
        ("试点起始日期", datetime(2025, 3, 1, 8), "pilot_start", START),  # noqa: DTZ001 - as openpyxl has it
        ("试点起始日期", TODAY, "pilot_start", TODAY),
        ("计划总投资(万元)", 0.1 + 0.2, "planned_total", Decimal("0.30")),
        ("计划总投资(万元)", "1,200.5", "planned_total", Decimal("1200.50")),
        ("计划总投资(万元)", "1.2亿元", "planned_total", Decimal(12000)),
        ("计划总投资(万元)", float(LARGEST), "planned_total", LARGEST),
        ("计划总投资(万元)", 0, "planned_total", Decimal(0)),
        ("计划总投资(万元)", None, "planned_total", None),
        ("联系人电话", 13800000000, "contact_phone", "13800000000"),
        ("联系人电话", None, "contact_phone", None),
        ("产业方向序号", "30", "direction", 30),
        ("城市", " 太原\n", "city", City.TAIYUAN),
    ],
)
def test_what_people_write_is_understood(
    tmp_path: Path, column: str, given: object, field: str, value: object
) -> None:
    (found,) = read(filled(tmp_path, {**PILOT, column: given}), TODAY)
    assert getattr(found, field) == value


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"基地编号": None}, "基地编号", "必填"),
    ({"基地编号": "1" * 61}, "基地编号", "最多 60 个字"),
    ({"基地编号": 12345678901234567}, "基地编号", "请把单元格格式设为“文本”"),
    ({"基地编号": date(2025, 3, 1)}, "基地编号", "「2025-03-01」被当作日期"),
    ({"基地名称": None}, "基地名称", "必填"),
    ({"牵头单位": "#N/A"}, "牵头单位", "是错误值「#N/A」"),
    ({"牵头单位": "=A1"}, "牵头单位", "没有计算结果的公式"),
    (
        {"牵头单位类型": "中学"},
        "牵头单位类型",
        "可填：市人民政府、行业骨干企业、高等学校、开发区（依据《发榜公告》一）",
    ),
    ({"级别": "国家级"}, "级别", "「国家级」不在可选范围，可填：省级、市级、县级（依据《发榜公告》二）"),
    ({"城市": "杭州"}, "城市", "「杭州」不在可选范围，可填：太原、大同"),
    ({"产业方向序号": 31}, "产业方向序号", "可填 1 至 30 的整数，见「产业方向」表（依据《发榜公告》附件1）"),
    ({"产业方向序号": 0}, "产业方向序号", "「0」不是产业方向的序号"),
    ({"产业方向序号": 3.5}, "产业方向序号", "「3.5」不是产业方向的序号"),
    ({"产业方向序号": "大数据"}, "产业方向序号", "「大数据」不是产业方向的序号"),
    ({"阶段": "自愿申报"}, "阶段", "可填：试点培育、认定授牌（依据本系统约定既有基地纳入）"),
    ({"试点起始日期": None}, "试点起始日期", "必填"),
    (
        {"试点起始日期": "2025.3.1"},
        "试点起始日期",
        "「2025.3.1」不是有效日期，请用日期格式的单元格，或写成 2025-03-01",
    ),
    ({"试点起始日期": "2025-02-30"}, "试点起始日期", "「2025-02-30」不是有效日期"),
    ({"试点起始日期": 45717}, "试点起始日期", "「45717」不是有效日期"),
    ({"试点起始日期": TODAY + timedelta(1)}, "试点起始日期", "「2026-03-13」晚于今天（2026-03-12）"),
    ({"试点起始日期": "9999-12-31"}, "试点起始日期", "（依据《发榜公告》五(四)）"),
    ({"认定文件号": "1号"}, "认定文件号", "「1号」不能填，阶段是「试点培育」"),
    ({"认定日期": LAST}, "认定日期", "请清空这一格，或把阶段改为「认定授牌」（依据《发榜公告》五(五)）"),
    ({**CERTIFIED, "认定文件号": None}, "认定文件号", "空着，而阶段是「认定授牌」"),
    ({**CERTIFIED, "认定日期": None}, "认定日期", "空着，而阶段是「认定授牌」"),
    (
        {**CERTIFIED, "认定日期": LAST - timedelta(1)},
        "认定日期",
        "「2026-02-28」早于试点的最后一日（2026-03-01）",
    ),
    ({**CERTIFIED, "认定日期": TODAY + timedelta(1)}, "认定日期", "晚于今天"),
    ({"计划总投资(万元)": -1}, "计划总投资(万元)", "「-1」超出范围，可填 0 至 9999999999.99 万元"),
    ({"计划总投资(万元)": 10_000_000_000}, "计划总投资(万元)", "超出范围"),
    ({"计划总投资(万元)": 1e300}, "计划总投资(万元)", "超出范围"),
    ({"计划总投资(万元)": 1.005}, "计划总投资(万元)", "「1.005」超过两位小数"),
    ({"计划总投资(万元)": "五千"}, "计划总投资(万元)", "「五千」不是金额"),
    ({"计划总投资(万元)": START}, "计划总投资(万元)", "被当作日期"),
    ({"开工以来累计完成投资(万元)": "-0.01"}, "开工以来累计完成投资(万元)", "超出范围"),
    ({"开工以来累计完成投资(万元)": "=1+1"}, "开工以来累计完成投资(万元)", "没有计算结果的公式"),
    ({"联系人姓名": None}, "联系人电话", "「13800000000」没有对应的联系人姓名"),
    ({"副联系人姓名": None}, "副联系人电话", "「13800000001」没有对应的副联系人姓名"),
    ({"负责人姓名": None, "负责人电话": "1"}, "负责人电话", "「1」没有对应的负责人姓名"),
]


@pytest.mark.parametrize(("changes", "column", "says"), REFUSED, ids=[f"{c}-{s[:12]}" for _, c, s in REFUSED])
def test_each_error_has_its_row_and_column(
    tmp_path: Path, changes: dict[str, Any], column: str, says: str
) -> None:
    (error,) = errors_of(filled(tmp_path, {**PILOT, "基地编号": "晋-000"}, {**PILOT, **changes}))
    assert (error.row_no, error.column) == (ROW + 1, column)
    assert says in error.message


def test_all_errors_come_at_once(tmp_path: Path) -> None:
    bad = {**CERTIFIED, "城市": "杭州", "认定文件号": None, "认定日期": "昨天", "计划总投资(万元)": -1}
    found = errors_of(filled(tmp_path, PILOT, {}, bad, {**PILOT, "级别": "国家级"}))
    assert [(e.row_no, e.column) for e in found] == [
        (ROW + 2, "基地编号"),
        (ROW + 2, "城市"),
        (ROW + 2, "认定文件号"),
        (ROW + 2, "认定日期"),
        (ROW + 2, "计划总投资(万元)"),
        (ROW + 3, "基地编号"),
        (ROW + 3, "级别"),
    ]
    assert str(found[0]) == "第 6 行「基地编号」：「晋-001」与第 4 行重复；每个基地只填一行，编号各不相同"


def test_the_same_number_as_text_and_as_number(tmp_path: Path) -> None:
    (error,) = errors_of(filled(tmp_path, {**PILOT, "基地编号": "7"}, {**PILOT, "基地编号": 7.0}))
    assert "「7」与第 4 行重复" in error.message


def test_columns_may_stand_in_another_order_and_without_a_guide(tmp_path: Path) -> None:
    order = [h.replace("(", "（").replace(")", " ）") for h in reversed(HEADINGS)]
    path = sheet(tmp_path, order, [PILOT[h] for h in reversed(HEADINGS)])
    assert read(path, TODAY) == [row()]


def test_a_table_from_before_has_no_competent_department(tmp_path: Path) -> None:
    columns = BEFORE_PEOPLE - 1
    (found,) = read(sheet(tmp_path, list(HEADINGS[:columns]), list(PILOT.values())[:columns]), TODAY)
    nobody = dict.fromkeys(HEADINGS[columns:])
    assert found == row(**nobody)
    assert (found.department, found.deputy_name, found.head_name) == (None, None, None)


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        (tuple(h for h in HEADINGS if h != "联系人电话"), ["缺少「联系人电话」这一列"]),
        ((*HEADINGS, "备注"), ["有不认识的列「备注」"]),
        ((*HEADINGS, "城市"), ["「城市」这一列出现了不止一次"]),
        (("编号", *HEADINGS[1:]), ["缺少「基地编号」这一列", "有不认识的列「编号」"]),
        (("a", "b"), ["「基地」表里没有表头"]),
        ((), ["「基地」表里没有表头"]),
    ],
)
def test_wrong_headings(tmp_path: Path, headings: tuple[str, ...], says: list[str]) -> None:
    found = errors_of(sheet(tmp_path, list(headings), list(PILOT.values())))
    assert [e.message.split("；")[0].split("（")[0] for e in found] == says


def test_a_value_outside_the_columns(tmp_path: Path) -> None:
    (error,) = errors_of(sheet(tmp_path, list(HEADINGS), [*PILOT.values(), None, "备注"]))
    assert (error.row_no, error.column) == (2, "V")


def test_another_sheet_is_not_imported(tmp_path: Path) -> None:
    (error,) = errors_of(sheet(tmp_path, list(HEADINGS), list(PILOT.values()), title="示例"))
    assert error.message.startswith("没有名为「基地」的工作表，只有：示例；")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xd0\xcf\x11\xe0 an old workbook"])
def test_no_workbook_at_all(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.xlsx").write_bytes(content)
    (error,) = errors_of(tmp_path / "b.xlsx")
    assert (error.row_no, "的内容不是 XLSX" in error.message) == (0, True)


def test_a_damaged_workbook_and_none(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert "已损坏或不是 XLSX" in errors_of(tmp_path / "zip.xlsx")[0].message
    path = changed(filled(tmp_path, PILOT), "</sheetData>", "</row>")
    assert "已损坏或不是 XLSX" in errors_of(path)[0].message
    assert "读不了" in errors_of(tmp_path / "none.xlsx")[0].message
    assert "读不了" in errors_of(tmp_path)[0].message


def test_the_name_does_not_matter_and_formulas_count_by_their_result(tmp_path: Path) -> None:
    path = filled(
        tmp_path, {**PILOT, "计划总投资(万元)": "=4000+1000", "联系人姓名": '=""', "联系人电话": None}
    )
    path = changed(path, "<f>4000+1000</f><v></v>", "<f>4000+1000</f><v>5000</v>")
    path = changed(path, '><f>""</f><v></v>', ' t="str"><f>""</f><v></v>')
    (found,) = read(path.rename(tmp_path / "bases.bin"), TODAY)
    assert (found.planned_total, found.contact_name) == (Decimal(5000), None)


def changed(path: Path, old: str, new: str) -> Path:
    """The same workbook with a piece of its first sheet replaced."""
    name, content = "xl/worksheets/sheet1.xml", BytesIO(path.read_bytes())
    with ZipFile(content) as was, ZipFile(path, "w") as now:
        for item in was.namelist():
            text = was.read(item).replace(b"<v />", b"<v></v>")  # as openpyxl writes with lxml and without
            now.writestr(item, text.replace(old.encode(), new.encode()) if item == name else text)
            assert item != name or old.encode() in text
    return path


# Into the records


async def contents(database: Database) -> dict[str, int]:
    """How many rows each table holds."""
    async with database.transaction() as tx:
        return {
            name: await tx.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }


@asynccontextmanager
async def temporary(env: WorkflowEnvironment, *ids: str) -> AsyncIterator[None]:
    """End these workflows afterwards: the server is shared, and they would live on in other tests."""
    try:
        yield
    finally:
        for each in ids:
            try:
                await env.client.get_workflow_handle(each).terminate()
            except RPCError:  # it was never started, or is over
                continue


async def started(env: WorkflowEnvironment, base: str) -> bool:
    """Whether a base has a workflow."""
    try:
        await env.client.get_workflow_handle(base).describe()
    except RPCError:
        return False
    return True


class Unreachable(Gateway):
    """A Temporal that goes away after the commit."""

    def __init__(self) -> None:
        pass

    async def start_base(self, state: BaseState) -> bool:
        """Fail."""
        raise ConnectionError(state.facts.base_id)


async def test_bases_stand_at_their_stage_with_their_dates(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    clock = clock_from("2026-03-12 10:00")
    rows = [
        row(产业方向序号=11),
        row(**{**CERTIFIED, "基地编号": "晋-002", "产业方向序号": 11, "级别": "市级", "联系人电话": None}),
        row(基地编号="晋-003", 产业方向序号=12, 行业主管部门=None),
    ]
    ids = ["base-existing-11-1", "base-existing-11-2", "base-existing-12-1"]
    async with temporary(skipping, *ids):
        assert await take_in(rows, database, Gateway(skipping.client, clock), clock) == Taken(new=3, known=0)
        assert [await started(skipping, each) for each in ids] == [True] * 3
    async with database.transaction() as tx:
        pilot, certified, third = [await Bases(tx).get(each, clock.now()) for each in ids]
        staff = [await Colleagues(tx).of_base(each) for each in ids]
        departments = [await Bases(tx).department_of(each) for each in ids]
        (entry,) = await Timeline(tx).of(ids[1])
    assert (pilot.stage, pilot.step, pilot.since) == (Stage.PILOT, Step.PILOT, start_of(START))
    assert (pilot.round, pilot.pilot_start, pilot.title) == ("existing", START, None)
    assert (pilot.planned_total, pilot.opening_total) == (Decimal(5000), Decimal("1200.50"))
    assert (certified.stage, certified.step, certified.since) == (
        Stage.CERTIFIED,
        Step.RUNNING,
        start_of(LAST),
    )
    assert (certified.certificate_no, certified.certified_on) == ("晋发改〔2026〕1号", LAST)
    assert certified.title == "市级产教融合重大平台载体和实训基地"
    assert certified.pilot_start == START
    assert third.code == "晋-003"
    assert departments == ["省教育厅", "省教育厅", None]
    people = [{(one.role, one.name): one.id for one in of_base} for of_base in staff]
    named = [(ContactRole.CONTACT, "张三"), (ContactRole.DEPUTY, "李四"), (ContactRole.HEAD, "王五")]
    assert [list(of_base) for of_base in people] == [named] * 3
    (contact, deputy, head), other, third_ones = ([of[one] for one in named] for of in people)
    assert (contact, deputy) == tuple(third_ones[:2]), "the same name and telephone is the same person"
    assert contact != other[0], "without a telephone it may be another"
    assert head not in (other[2], third_ones[2])
    assert (entry.kind, entry.stage, entry.actor) == ("纳入管理", Stage.CERTIFIED, "import")
    assert abs(entry.at - clock.now()) < timedelta(minutes=1)


async def test_twice_changes_nothing(skipping: WorkflowEnvironment, database: Database) -> None:
    clock = clock_from("2026-03-12 10:00")
    gateway = Gateway(skipping.client, clock)
    rows = [row(产业方向序号=13), row(基地编号="晋-002", 产业方向序号=13)]
    async with temporary(skipping, "base-existing-13-1", "base-existing-13-2"):
        await take_in(rows, database, gateway, clock)
        before = await contents(database)
        again = [row(产业方向序号=14, 基地名称="别的名称", 联系人姓名="李四"), *rows[1:]]
        assert await take_in(again, database, gateway, clock) == Taken(new=0, known=2)
    assert await contents(database) == before
    async with database.transaction() as tx:
        assert (await Bases(tx).get("base-existing-13-1", clock.now())).name == "太原大数据基地"


async def test_nothing_is_half_imported(database: Database) -> None:
    before = await contents(database)
    rows = [row(), row(基地编号="晋-002").model_copy(update={"contact_name": "PostgreSQL 不收 \0"})]
    with pytest.raises(DBAPIError):
        await take_in(rows, database, Unreachable(), clock_from("2026-03-12 10:00"))
    assert await contents(database) == before


async def test_a_crash_before_the_start_is_healed_by_running_again(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    clock = clock_from("2026-03-12 10:00")
    rows = [row(**{**CERTIFIED, "产业方向序号": 15})]
    with pytest.raises(ConnectionError):
        await take_in(rows, database, Unreachable(), clock)
    assert not await started(skipping, "base-existing-15-1")
    other = [row(产业方向序号=16)]  # the file was changed: what is registered counts
    async with temporary(skipping, "base-existing-15-1"):
        assert await take_in(other, database, Gateway(skipping.client, clock), clock) == Taken(new=0, known=1)
        handle = skipping.client.get_workflow_handle("base-existing-15-1")
        first = await anext(handle.fetch_history_events())
    (payload,) = first.workflow_execution_started_event_attributes.input.payloads
    (given,) = await skipping.client.data_converter.decode([payload], [dict])
    state = BaseState.model_validate(given["state"])
    assert (state.step, state.certified_on, state.published_on) == (Step.RUNNING, LAST, START)
    assert state.title == "省级产教融合重大平台载体和实训基地"
    assert (state.facts.direction, state.facts.direction_name) == (15, "绿色煤炭")


async def test_bases_that_have_left_or_came_by_a_round_are_not_started(database: Database) -> None:
    clock = clock_from("2026-03-12 10:00")
    with pytest.raises(ConnectionError):
        await take_in([row(**CERTIFIED)], database, Unreachable(), clock)
    async with database.transaction() as tx:
        state = await Bases(tx).recorded_state("晋-001")
        await Bases(tx).bring_up_to_date(
            state.model_copy(update={"step": Step.REVOKED, "seq": 1, "gone_on": TODAY})
        )
    applied = state_of("base-2021-03-1")
    await register(database, applied)
    rows = [row(**CERTIFIED), row(基地编号=applied.facts.base_id)]
    assert await take_in(rows, database, Unreachable(), clock) == Taken(new=0, known=2)


async def test_two_imports_at_a_time_are_one(skipping: WorkflowEnvironment, database: Database) -> None:
    clock = clock_from("2026-03-12 10:00")
    gateway = Gateway(skipping.client, clock)
    rows = [row(产业方向序号=17), row(基地编号="晋-002", 产业方向序号=18)]
    async with temporary(skipping, "base-existing-17-1", "base-existing-18-1"):
        both = await asyncio.gather(
            take_in(rows, database, gateway, clock), take_in(rows[::-1], database, gateway, clock)
        )
    assert sorted(both) == [Taken(new=0, known=2), Taken(new=2, known=0)]


# Life after it


async def test_in_the_middle_of_a_month_the_open_period_is_owed(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    clock = clock_from("2026-03-12 10:00", await skipping.get_current_time())
    ids = ["base-existing-19-1", "base-existing-19-2"]
    owed = obligation_id(ids[0], ObligationKind.DISPATCH, "2026-02")
    rows = [
        row(产业方向序号=19, 试点起始日期="2025-07-01"),
        row(基地编号="晋-002", 产业方向序号=19, 试点起始日期="2026-03-02"),  # owes from March on
    ]
    gateway = Gateway(skipping.client, clock)
    async with temporary(skipping, *ids, owed), working(skipping.client, database, clock, Recorder()):
        await take_in(rows, database, gateway, clock)
        snapshot = await eventually(lambda: gateway.base(ids[0]), lambda s: bool(s.open))
        assert list(snapshot.open) == [owed]
        assert snapshot.next_due == at("2026-03-07 00:00")
        form = await eventually(lambda: gateway.obligation(owed))
        assert form.draft is not None
        newest = await eventually(lambda: gateway.base(ids[1]), lambda s: bool(s.agenda))
        assert not newest.open

        async def recorded() -> list[str]:
            async with database.transaction() as tx:
                return [o.id for o in await Obligations(tx).find(ObligationFilter())]

        assert await eventually(recorded, bool) == [owed]


async def test_a_pilot_that_is_over_moves_on_by_itself(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    clock = clock_from("2026-03-12 10:00", await skipping.get_current_time())
    base = "base-existing-20-1"
    gateway = Gateway(skipping.client, clock)
    owed = obligation_id(base, ObligationKind.DISPATCH, "2026-02")
    async with temporary(skipping, base, owed), working(skipping.client, database, clock, Recorder()):
        assert pilot_last_day(START) < TODAY
        await take_in([row(产业方向序号=20)], database, gateway, clock)
        snapshot = await eventually(
            lambda: gateway.base(base), lambda s: s.state.step is Step.CERTIFICATION_DUE
        )
        assert snapshot.state.stage is Stage.PILOT
        assert snapshot.next_due is not None
