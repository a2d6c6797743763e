"""`jiebang export`: everything as CSV and Parquet, with a dictionary of every column (A3)."""

import csv
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Table, func, insert, select

from app import export_files, exporting
from app.export_files import cell
from app.export_tables import OutTable, arrow_type, exported, structured
from domain.forms.application import QUESTIONS
from domain.forms.registry import FORMS
from domain.terms import OBLIGATION_SLUG, City, ObligationKind, ObligationState
from persistence import export, tables
from persistence.database import Database
from persistence.dictionary import dictionary
from persistence.export import APPLICATION_COLUMNS, REPORT_COLUMNS
from persistence.people import People
from tests.api.site import Json
from tests.app.cli import Terminal
from tests.persistence.reported import BASE, OTHER, a_base, an_enterprise, applied, reported
from tests.support import FULL, at

pytestmark = pytest.mark.rule("A3")

K = ObligationKind
DISPATCH = FORMS[K.DISPATCH].by_key
MONTH = {key: DISPATCH[key].parse(value) for key, value in FULL.items()}
NAME, PHONE, CHAT, REASON = "欧阳示例", "03517654321", "chat-external-1", "示例理由，由王示例提出"


@pytest.fixture
async def life(database: Database) -> Database:
    """Two bases with reports, people, reasons and a report of the province."""
    await a_base(database, name='=HYPERLINK("x")，"引号"\n换行')
    await an_enterprise(database, OTHER, city=City.DATONG, planned_total=None)
    await applied(database, OTHER, pilot_list="已入库", invest_central="400.00", global_500="否")
    for n in range(1, 7):
        await reported(database, BASE, K.DISPATCH, f"2026-{n:02d}", MONTH)
    corrected = MONTH | {"invest_month": "-0.00", "problems": "-1，=1+1"}
    await reported(database, BASE, K.DISPATCH, "2026-06", corrected, version=2)
    await reported(database, OTHER, K.DISPATCH, "2026-06", state=ObligationState.OPEN, on_time=None)
    year = {"planning_score": "91.5", "tax_investment": "9999999999.99"}
    await reported(database, OTHER, K.ASSESSMENT, "2026", year)
    await reported(database, OTHER, K.RECTIFICATION, "2026-Q2-1", {"finished_on": "2026-05-06"})
    async with database.transaction() as tx:
        contact = await People(tx).add(NAME, PHONE)
        await People(tx).attach(contact, BASE)
        for table, row in (
            (tables.chats, {"channel": "local", "external_id": CHAT, "contact_id": contact}),
            (
                tables.timeline,
                _entry("x", {"reason": REASON, "document_no": "晋发改〔2026〕1号", "on": "2026-05-06"}),
            ),
            (tables.timeline, _entry("y", {"payload": {"说明": PHONE}, "upheld": False, "amount": "12.50"})),
            (
                tables.suspensions,
                {"base_id": BASE, "first": date(2026, 1, 1), "last": None, "reason": REASON},
            ),
            (tables.reports, _report()),
        ):
            await tx.execute(insert(table).values(row))
    return database


def _entry(key: str, detail: Json) -> dict[str, Any]:
    known = {"base_id": BASE, "kind": "摘牌", "role": "office", "actor": "token:office"}
    return known | {"key": key, "at": at("2026-07-01 23:59"), "detail": detail}


def _report() -> dict[str, Any]:
    known = {"period": "2026-H1", "version": 1, "sha256": "0" * 64, "size": 3, "filename": "甲.docx"}
    known |= {"content": b"abc", "reason": "", "role": "office", "actor": "admin", "media": ["示例日报", "b"]}
    return known | {"at": at("2026-07-10 10:00"), "released_on": date(2026, 7, 10)}


async def exports(terminal: Terminal, folder: Path, *options: str) -> str:
    """Run the command; what it says."""
    return (await terminal.jiebang("export", folder, *options)).line()


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """A table as Parquet has it."""
    found: list[dict[str, Any]] = pq.read_table(folder / f"{name}.parquet").to_pylist()
    return found


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    """A table as CSV has it."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def everything_in(folder: Path) -> str:
    """All text of all CSV and JSON files, and of the texts in Parquet."""
    parts = [path.read_text("utf-8-sig") for path in folder.iterdir() if path.suffix != ".parquet"]
    parts += [str(pq.read_table(path).to_pylist()) for path in folder.glob("*.parquet")]
    return "\n".join(parts)


def left(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def in_database(database: Database, table: Table) -> int:
    async with database.transaction() as tx:
        return await tx.scalar(select(func.count()).select_from(table)) or 0


# What comes out is what is in


async def test_every_row_is_in_both_files(terminal: Terminal, life: Database, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    said = await exports(terminal, folder)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    counted = manifest["rows"]
    assert said == f"已导出 {len(counted)} 张表、{sum(counted.values())} 行到 {folder}"
    assert manifest["personal"] is False
    for name, table in dictionary().items():
        if table.withheld or table.personal:
            assert name not in counted
            continue
        assert counted[name] == await in_database(life, tables.metadata.tables[name])
    for name, count in counted.items():
        assert len(rows(folder, name)) == len(lines(folder, name)) == count, name
    assert counted["figures"] == 7 * 22 + 3
    assert counted["form_monthly"] == 6
    assert {path.suffix for path in folder.iterdir()} == {".csv", ".parquet", ".json", ".md"}


async def test_csv_and_parquet_say_the_same(terminal: Terminal, life: Database, tmp_path: Path) -> None:
    await exports(terminal, tmp_path / "out", "--personal")
    for name in json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["rows"]:
        told = [{key: cell(value) for key, value in row.items()} for row in rows(tmp_path / "out", name)]
        assert told == lines(tmp_path / "out", name), name


async def test_figures_are_what_was_handed_in(terminal: Terminal, life: Database, tmp_path: Path) -> None:
    await exports(terminal, tmp_path / "out")
    long = rows(tmp_path / "out", "figures")
    newest = [
        row
        for row in long
        if row["obligation_id"].endswith("monthly-2026-06") and row["key"] == "invest_month"
    ]
    assert [(row["version"], row["newest"], row["number"]) for row in newest] == [
        (1, False, Decimal("120.50")),
        (2, True, Decimal("0.00")),
    ]
    assert {row["label"] for row in newest} == {"本月完成投资"}
    assert {(row["base_id"], row["kind"], row["period"], row["unit"]) for row in newest} == {
        (BASE, "月调度", "2026-06", "万元")
    }
    async with life.transaction() as tx:
        kept = (
            (await tx.execute(select(tables.figures).order_by(*tables.figures.primary_key))).mappings().all()
        )
    assert [{key: row[key] for key in kept[0]} for row in long] == [dict(row) for row in kept]


async def test_a_form_is_one_wide_table(terminal: Terminal, life: Database, tmp_path: Path) -> None:
    await exports(terminal, tmp_path / "out")
    wide = rows(tmp_path / "out", "form_monthly")
    assert [row["period"] for row in wide] == [f"2026-{n:02d}" for n in range(1, 7)]
    assert wide[0]["invest_total"] == Decimal("1120.50")
    assert wide[0]["certified"] == 60
    assert (wide[-1]["version"], wide[-1]["invest_month"], wide[-1]["problems"]) == (
        2,
        Decimal("0.00"),
        "-1，=1+1",
    )
    (year,) = rows(tmp_path / "out", "form_assessment")
    assert (year["planning_score"], year["tax_investment"]) == (Decimal("91.50"), Decimal("9999999999.99"))
    assert year["tax_payable"] is None, "what was not answered is empty, not nothing"
    (done,) = rows(tmp_path / "out", "form_rectification")
    assert done["finished_on"] == date(2026, 5, 6)
    (application,) = rows(tmp_path / "out", "form_application")
    assert (application["invest_central"], application["pilot_list"]) == (Decimal("400.00"), "已入库")


async def test_values_have_their_types(terminal: Terminal, life: Database, tmp_path: Path) -> None:
    await exports(terminal, tmp_path / "out")
    bases = pq.read_schema(tmp_path / "out" / "bases.parquet")
    assert bases.field("planned_total").type == pa.decimal128(12, 2)
    assert bases.field("pilot_start").type == pa.date32()
    assert bases.field("since").type == pa.timestamp("us", tz="Asia/Shanghai")
    assert bases.field("planned_total").metadata[b"description"].decode() == "计划总投资"
    monthly = pq.read_schema(tmp_path / "out" / "form_monthly.parquet")
    assert monthly.field("invest_month").type == pa.decimal128(12, 2)
    assert monthly.field("certified").type == pa.int64()
    (report,) = rows(tmp_path / "out", "reports")
    assert (report["media"], report["released_on"]) == (["示例日报", "b"], date(2026, 7, 10))
    first, second = rows(tmp_path / "out", "bases")
    assert first["since"] == at("2025-07-01 09:00")
    assert (first["planned_total"], second["planned_total"]) == (Decimal("5000.00"), None)


async def test_excel_opens_it_and_takes_no_text_for_a_formula(
    terminal: Terminal, life: Database, tmp_path: Path
) -> None:
    await exports(terminal, tmp_path / "out")
    raw = (tmp_path / "out" / "bases.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    first = lines(tmp_path / "out", "bases")[0]
    assert first["name"] == '\'=HYPERLINK("x")，"引号"\n换行'
    assert rows(tmp_path / "out", "bases")[0]["name"] == '=HYPERLINK("x")，"引号"\n换行'
    assert first["since"] == "2025-07-01T09:00:00+08:00"
    assert lines(tmp_path / "out", "form_monthly")[-1]["problems"] == "'-1，=1+1"


async def test_batches_and_row_groups_lose_nothing_at_their_ends(
    terminal: Terminal, life: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await exports(terminal, tmp_path / "whole")
    for n, size in enumerate((1, 2, 7, 22, 23)):
        monkeypatch.setattr(export, "BATCH", size)
        monkeypatch.setattr(export_files, "GROUP", size)
        await exports(terminal, tmp_path / str(n))
        for name in ("figures", "form_monthly", "form_assessment", "bases", "form_application"):
            assert rows(tmp_path / str(n), name) == rows(tmp_path / "whole", name)
    assert pq.ParquetFile(tmp_path / "0" / "form_monthly.parquet").num_row_groups == 6


# What does not come out


async def test_nothing_personal_leaves_unless_it_is_asked_for(
    terminal: Terminal, life: Database, tmp_path: Path
) -> None:
    await exports(terminal, tmp_path / "out")
    text = everything_in(tmp_path / "out")
    for personal in (NAME, PHONE, CHAT, REASON, "王示例", "甲.docx"):
        assert personal not in text, personal
    assert "chats.csv" not in {path.name for path in (tmp_path / "out").iterdir()}
    first, second = (json.loads(row["detail"]) for row in rows(tmp_path / "out", "timeline"))
    assert first == {"reason": None, "document_no": "晋发改〔2026〕1号", "on": "2026-05-06"}
    assert second == {"payload": {"说明": None}, "upheld": False, "amount": "12.50"}

    await exports(terminal, tmp_path / "all", "--personal")
    for personal in (NAME, PHONE, CHAT, REASON):
        assert personal in everything_in(tmp_path / "all")
    assert rows(tmp_path / "all", "contacts")[0]["phone"] == PHONE


async def test_no_credentials_leave_in_any_case(terminal: Terminal, life: Database, tmp_path: Path) -> None:
    token = (await terminal.jiebang("token", "create", "甲", "--role", "office")).line()
    async with life.transaction() as tx:
        kept = await tx.scalar(select(tables.tokens.c.hash))
    await exports(terminal, tmp_path / "out", "--personal")
    text = everything_in(tmp_path / "out")
    assert token not in text
    assert str(kept) not in text
    for name in ("tokens", "secrets", "invites", "upload_links"):
        assert not (tmp_path / "out" / f"{name}.csv").exists()
        assert f"- {name}（" in (tmp_path / "out" / "data-dictionary.md").read_text("utf-8"), "it says so"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"reason": "x", "level": "省级"}, {"reason": None, "level": "省级"}),
        ({"items": ["plan", "lead"]}, {"items": ["plan", "lead"]}),
        ({"items": {"plan": "王示例说不清"}}, {"items": {"plan": None}}),
        ({"a": [1, 2.5, True, None, "王"]}, {"a": [1, 2.5, True, None, None]}),
        ({"until": "2026-05-06T00:00:00+08:00"}, {"until": "2026-05-06T00:00:00+08:00"}),
        ({"x": "13800001111"}, {"x": None}),
        ("20260506", None),
    ],
)
def test_what_people_wrote_freely_is_left_out_of_json(value: Json, kept: Json) -> None:
    assert structured(value) == kept


# The dictionary


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=str)
def test_every_column_of_every_table_has_its_meaning(table: Table) -> None:
    """Add it to persistence/dictionary.toml, and say whether it is personal or must not leave."""
    about = dictionary()[table.name]
    assert about.means
    assert set(about.columns) >= {column.name for column in table.columns}
    assert all(column.means for column in about.columns.values())


def test_no_meaning_is_of_a_column_that_is_gone() -> None:
    known = {
        name: {column.name for column in table.columns} for name, table in tables.metadata.tables.items()
    }
    made = {"base_id", "kind", "period", "newest", "label", "unit"}
    gone = {
        f"{name}.{key}"
        for name, about in dictionary().items()
        for key in about.columns
        if key not in known.get(name, set()) | (made if name == "figures" else set())
    }
    assert gone == set()


def test_what_cannot_leave_is_withheld() -> None:
    """A column whose type no file can hold, or that opens something, never leaves."""
    for name, about in dictionary().items():
        for key, column in about.columns.items():
            if about.withheld or column.withheld or name == "figures":
                continue
            arrow_type(tables.metadata.tables[name].c[key].type)
            assert not key.endswith("_hash"), f"{name}.{key}"


@pytest.mark.parametrize("personal", [False, True])
def test_every_form_is_in_the_dictionary_with_every_question(personal: bool) -> None:
    by_name = {table.name: table for table in exported(personal=personal)}
    forms = {f"form_{OBLIGATION_SLUG[kind]}": form.questions for kind, form in FORMS.items()}
    for name, questions in (forms | {"form_application": QUESTIONS}).items():
        columns = {column.name: column for column in by_name[name].columns}
        assert len(columns) == len(by_name[name].columns), "no two of one name"
        for question in questions:
            column = columns[question.key]
            assert column.means == f"{question.group}：{question.label}"
            assert (column.unit, column.clause) == (question.unit, question.clause.cite())
            assert column.choices == "、".join(question.choices)


def test_no_question_is_called_like_what_stands_before_the_answers() -> None:
    head = {column.name for column in REPORT_COLUMNS}
    assert head & {question.key for form in FORMS.values() for question in form.questions} == set()
    head = {column.name for column in APPLICATION_COLUMNS}
    assert head & {question.key for question in QUESTIONS} == set()


async def test_every_column_of_every_file_is_explained_in_the_dictionary(
    terminal: Terminal, life: Database, tmp_path: Path
) -> None:
    await exports(terminal, tmp_path / "out", "--personal")
    explained = {(line["表"], line["列"]): line for line in lines(tmp_path / "out", "data-dictionary")}
    page = (tmp_path / "out" / "data-dictionary.md").read_text("utf-8")
    for path in (tmp_path / "out").glob("*.parquet"):
        assert f"## {path.stem}\n" in page
        for field in pq.read_schema(path):
            line = explained.pop((path.stem, field.name))
            assert line["含义"]
            assert line["类型"]
            assert f"| {field.name} | {line['含义']} |" in page
    assert explained == {}
    types = {(line["表"], line["列"]): line["类型"] for line in lines(tmp_path / "out", "data-dictionary")}
    assert types["bases", "planned_total"] == "小数（12 位，其中小数 2 位）"
    assert [
        types["reports", key] for key in ("period", "version", "released_on", "released_at", "media")
    ] == [
        "文字",
        "整数",
        "日期",
        "时刻",
        "文字列表",
    ]


# The folder


async def test_a_folder_that_holds_something_is_left_alone(
    terminal: Terminal, life: Database, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    assert "不是空目录" in (await terminal.jiebang("export", tmp_path / "out")).refusal()
    assert "不是空目录" in (await terminal.jiebang("export", tmp_path / "out" / "mine.txt")).refusal()
    assert left(tmp_path / "out") == ["mine.txt"]
    assert [name for name in left(tmp_path) if name.endswith(".part")] == []
    assert (tmp_path / "out" / "mine.txt").read_text() == "x"


async def test_an_empty_folder_and_one_that_is_not_there_are_filled(
    terminal: Terminal, life: Database, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "a" / "b"):
        await exports(terminal, folder)
        assert (folder / "bases.csv").exists()


async def test_what_breaks_off_leaves_nothing(
    life: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*, personal: bool) -> list[OutTable]:
        whole = exported(personal=personal)
        return [whole[0], whole[1]._replace(batches=lambda _: _breaks())]

    async def _breaks() -> Any:
        raise OSError("disk full")
        yield

    monkeypatch.setattr(exporting, "exported", broken)
    with pytest.raises(OSError, match="disk full"):
        await exporting.export(life, tmp_path / "out", datetime.now().astimezone(), personal=False)
    assert left(tmp_path) == []


async def test_everything_is_of_one_moment(life: Database) -> None:
    async with export.snapshot(life) as everything:
        before = [row async for batch in everything.rows(tables.bases, ["id"]) for row in batch]
        await a_base(life, "base-2021-09-9")
        after = [row async for batch in everything.rows(tables.bases, ["id"]) for row in batch]
    assert before == after
