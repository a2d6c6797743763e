"""The commands: tokens, invites, seed, import, replay, doctor."""

import re
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text
from temporalio.api.operatorservice.v1 import RemoveSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from app import embedded
from app.import_row import HEADINGS
from app.wiring import connect
from domain.decisions import Actor
from domain.lifecycle import Step
from domain.terms import City, Role
from persistence.bases import BaseFilter, Bases
from persistence.database import Database
from persistence.people import digest
from persistence.tables import tokens
from persistence.tokens import Tokens
from tests.app.cli import Terminal
from tests.support import Recorder, clock_from, eventually, register, state_of, working
from workflows.gateway import Gateway

ROLES = [
    # options, whom the token stands for
    (["--role", "office"], Actor(role=Role.OFFICE, id="token:甲")),
    (["--role", "readonly"], Actor(role=Role.READONLY, id="token:甲")),
    (["--role", "city", "--city", "太原"], Actor(role=Role.CITY, id="token:甲", city=City.TAIYUAN)),
    (
        ["--role", "department", "--department", "省教育厅"],
        Actor(role=Role.DEPARTMENT, id="token:甲", department="省教育厅"),
    ),
]

WRONG_ROLES = [
    (["--role", "admin"], "--role 只能是"),
    (["--role", "expert"], "--role 只能是"),
    (["--role", "lead"], "--role lead 需要（且只有它需要）--contact"),
    (["--role", "system"], "--role 只能是"),
    (["--role", ""], "--role 只能是"),
    (["--role", "city"], "--city"),
    (["--role", "office", "--city", "太原"], "--city"),
    (["--role", "department"], "--department"),
    (["--role", "readonly", "--department", "省教育厅"], "--department"),
    (["--role", "city", "--city", "太原", "--department", "省教育厅"], "--department"),
]


async def holder(database: Database, token: str) -> Actor | None:
    """Whom a token stands for."""
    async with database.transaction() as tx:
        return await Tokens(tx).holder(token)


@pytest.mark.parametrize(("options", "actor"), ROLES)
async def test_a_token_is_shown_once_and_only_its_hash_is_kept(
    terminal: Terminal, database: Database, options: list[str], actor: Actor
) -> None:
    token = (await terminal.jiebang("token", "create", "甲", *options)).line()
    assert re.fullmatch(r"jb_[0-9a-f]{40}", token)
    assert await holder(database, token) == actor
    async with database.transaction() as tx:
        (row,) = (await tx.execute(select(tokens))).all()
    assert row.hash == digest(token)
    assert token not in str(row)
    assert token.removeprefix("jb_") not in str(row)


@pytest.mark.parametrize(("options", "named"), WRONG_ROLES)
async def test_a_token_of_a_wrong_combination_is_refused_in_one_line(
    terminal: Terminal, database: Database, options: list[str], named: str
) -> None:
    assert named in (await terminal.jiebang("token", "create", "甲", *options)).refusal()
    async with database.transaction() as tx:
        assert (await tx.execute(select(tokens))).all() == []


async def test_a_city_that_is_not_in_shanxi_is_a_wrong_call(terminal: Terminal, database: Database) -> None:
    outcome = await terminal.jiebang("token", "create", "甲", "--role", "city", "--city", "北京")
    assert (outcome.code, outcome.out) == (2, "")
    assert "太原" in outcome.err
    assert (await terminal.jiebang("token", "create", "甲")).code == 2


async def test_a_new_token_replaces_the_one_of_the_same_name(terminal: Terminal, database: Database) -> None:
    old = (await terminal.jiebang("token", "create", "甲", "--role", "office")).line()
    new = (await terminal.jiebang("token", "create", "甲", "--role", "readonly")).line()
    assert await holder(database, old) is None
    assert await holder(database, new) == Actor(role=Role.READONLY, id="token:甲")


async def test_a_revoked_token_stands_for_nobody(terminal: Terminal, database: Database) -> None:
    token = (await terminal.jiebang("token", "create", "甲", "--role", "office")).line()
    assert (await terminal.jiebang("token", "revoke", "甲")).line() == "已失效"
    assert await holder(database, token) is None
    assert (await terminal.jiebang("token", "revoke", "乙")).refusal() == "没有名为 乙 的令牌"


async def test_an_invite_is_a_code_for_one_contact(terminal: Terminal, database: Database) -> None:
    contact = await register(database, state_of())
    code = (await terminal.jiebang("invite", contact)).line()
    assert re.fullmatch(r"[0-9a-f]{32}", code)
    async with database.transaction() as tx:
        kept = (await tx.execute(text("select code_hash, expires_at - now() as left from invites"))).one()
    assert kept.code_hash == digest(code)
    assert 6 <= kept.left.days <= 7
    assert (await terminal.jiebang("invite", 99)).refusal() == "没有这个联系人：99。"
    assert (await terminal.jiebang("invite", "甲")).code == 2


async def test_seeding_twice_changes_nothing(terminal: Terminal, database: Database) -> None:
    assert (await terminal.jiebang("seed")).line() == "已载入"
    assert (await terminal.jiebang("seed")).line() == "此前已载入，没有改动"
    async with database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from rounds")) == 1
        assert await tx.scalar(text("select count(*) from directions")) == 30


# Import


def fill(path: Path, *rows: dict[str, object]) -> None:
    """Write rows into a template."""
    book = load_workbook(path)
    for row in rows:
        book["基地"].append([row.get(heading) for heading in HEADINGS])
    book.save(path)


def base(**changes: object) -> dict[str, object]:
    """A row of a base in its pilot."""
    known: dict[str, object] = {
        "基地编号": "晋-001",
        "基地名称": "示例大数据基地",
        "牵头单位": "示例大学",
        "牵头单位类型": "高等学校",
        "级别": "省级",
        "城市": "太原",
        "产业方向序号": 3,
        "阶段": "试点培育",
        "试点起始日期": date(2026, 3, 1),
    }
    return known | changes


async def test_a_template_is_filled_in_and_imported_twice(
    terminal: Terminal, database: Database, skipping: WorkflowEnvironment, tmp_path: Path
) -> None:
    terminal.set(TEMPORAL_ADDRESS=skipping.client.service_client.config.target_host)
    file = tmp_path / "bases.xlsx"
    assert (await terminal.jiebang("import", file, "--template")).line() == f"模板已写到 {file}"
    fill(file, base(), base(基地编号="晋-002"))
    assert (await terminal.jiebang("import", file)).line() == "新纳入 2 个基地，0 个此前已纳入"
    assert (await terminal.jiebang("import", file)).line() == "新纳入 0 个基地，2 个此前已纳入"
    for base_id in ("base-existing-03-1", "base-existing-03-2"):
        described = await skipping.client.get_workflow_handle(base_id).describe()
        assert described.status is not None


async def test_an_import_with_errors_names_each_and_takes_nothing_in(
    terminal: Terminal, database: Database, skipping: WorkflowEnvironment, tmp_path: Path
) -> None:
    terminal.set(TEMPORAL_ADDRESS=skipping.client.service_client.config.target_host)
    file = tmp_path / "bases.xlsx"
    await terminal.jiebang("import", file, "--template")
    fill(file, base(), base(基地编号="晋-002", 城市="北京"), base(基地编号="晋-001", 级别="国家级"))
    outcome = await terminal.jiebang("import", file)
    assert (outcome.code, outcome.out) == (1, "")
    *errors, last = outcome.err.splitlines()
    assert [error.split("：")[0] for error in errors] == [
        "第 5 行「城市」",
        "第 6 行「基地编号」",
        "第 6 行「级别」",
    ]
    assert last == "共 3 处有误，全部未导入。"
    async with database.transaction() as tx:
        assert await Bases(tx).find(BaseFilter(), clock_from("2026-01-01 00:00").now()) == []


async def test_a_file_that_is_not_there_or_cannot_be_written_is_one_clear_line(
    terminal: Terminal, database: Database, skipping: WorkflowEnvironment, tmp_path: Path
) -> None:
    terminal.set(TEMPORAL_ADDRESS=skipping.client.service_client.config.target_host)
    missing = await terminal.jiebang("import", tmp_path / "none.xlsx")
    assert missing.code == 1
    assert "none.xlsx 读不了" in missing.err
    assert "Traceback" not in missing.err
    assert (
        "nowhere"
        in (await terminal.jiebang("import", tmp_path / "nowhere" / "t.xlsx", "--template")).refusal()
    )


# Replay


async def test_a_stored_history_is_replayed_against_the_code_of_today(
    terminal: Terminal, database: Database, skipping: WorkflowEnvironment, tmp_path: Path
) -> None:
    clock = clock_from("2022-01-05 12:00", await skipping.get_current_time())
    state = state_of(step=Step.PILOT, published_on=date(2021, 7, 1))
    await register(database, state)
    gateway = Gateway(skipping.client, clock)
    async with working(skipping.client, database, clock, Recorder()):
        await gateway.start_base(state)
        await eventually(lambda: gateway.obligation("obligation-base-2021-03-1-monthly-2021-12"))
    history = (await skipping.client.get_workflow_handle(state.facts.base_id).fetch_history()).to_json()
    good, changed, broken = (tmp_path / name for name in ("good.json", "changed.json", "broken.json"))
    good.write_text(history, "utf-8")
    changed.write_text(history.replace('"plan_year"', '"plan_decade"'), "utf-8")
    broken.write_text("{", "utf-8")

    assert (await terminal.jiebang("replay", good)).line() == f"{good}：可以重放"
    outcome = await terminal.jiebang("replay", changed, good, broken)
    assert (outcome.code, outcome.out.strip()) == (1, f"{good}：可以重放")
    assert f"{changed}：" in outcome.err
    assert f"{broken}：不是导出的流程历史" in outcome.err
    assert "Traceback" not in outcome.err
    assert "none.json" in (await terminal.jiebang("replay", tmp_path / "none.json")).refusal()


# Doctor and migrate


async def test_the_doctor_finds_what_migrating_heals(
    terminal: Terminal, database: Database, home: Path, tmp_path: Path
) -> None:
    with embedded.temporal(home, embedded.free_port(), None) as address:
        terminal.set(TEMPORAL_ADDRESS=address)
        fine = await terminal.jiebang("doctor")
        assert (fine.code, fine.out.splitlines()) == (
            0,
            [
                f"✓ 数据目录：{tmp_path / 'home'}",
                "✓ PostgreSQL：可以连接",
                "✓ Temporal：可以连接，搜索属性齐全",
            ],
        )
        client = await connect(address)
        request = RemoveSearchAttributesRequest(namespace=client.namespace, search_attributes=["WaitingFor"])
        await client.operator_service.remove_search_attributes(request)
        ill = await terminal.jiebang("doctor")
        assert ill.code == 1
        assert "✗ Temporal：缺少搜索属性 WaitingFor，请运行 jiebang migrate" in ill.out
        for _ in range(2):
            assert "数据库结构和搜索属性已是最新" in (await terminal.jiebang("migrate")).out
        assert (await terminal.jiebang("doctor")).code == 0


async def test_the_doctor_names_what_is_missing(
    terminal: Terminal, tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "file").write_text("")
    terminal.set(
        JIEBANG_HOME=tmp_path / "file" / "home",
        JIEBANG_DATABASE_URL=database_url.replace("/postgres?", "/nowhere?"),
        TEMPORAL_ADDRESS=f"{embedded.HOST}:{embedded.free_port()}",
    )
    outcome = await terminal.jiebang("doctor")
    assert (outcome.code, outcome.err) == (1, "")
    assert [line.split("：")[0] for line in outcome.out.splitlines()] == [
        "✗ 数据目录",
        "✗ PostgreSQL",
        "✗ Temporal",
    ]


# What is away is one clear line

COMMANDS = [
    ["token", "create", "甲", "--role", "office"],
    ["token", "revoke", "甲"],
    ["invite", "1"],
    ["seed"],
    ["migrate"],
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "url", ["postgresql://postgres@127.0.0.1:1/postgres", "postgresql://postgres@/postgres?host=/nowhere"]
)
async def test_a_database_that_is_away_is_one_clear_line(
    terminal: Terminal, command: list[str], url: str
) -> None:
    terminal.set(JIEBANG_DATABASE_URL=url)
    assert (await terminal.jiebang(*command)).refusal()


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_database_that_does_not_exist_is_one_clear_line(
    terminal: Terminal, database_url: str, command: list[str]
) -> None:
    terminal.set(JIEBANG_DATABASE_URL=database_url.replace("/postgres?", "/nowhere?"))
    line = (await terminal.jiebang(*command)).refusal()
    assert "JIEBANG_DATABASE_URL" in line
    assert "nowhere" in line


async def test_a_database_that_was_never_migrated_says_what_to_do(
    terminal: Terminal, database: Database, database_url: str
) -> None:
    async with database.statement() as connection:
        await connection.execute(text("DROP DATABASE IF EXISTS fresh"))
        await connection.execute(text("CREATE DATABASE fresh"))
    terminal.set(JIEBANG_DATABASE_URL=database_url.replace("/postgres?", "/fresh?"))
    for command in COMMANDS[:-1]:
        assert (
            await terminal.jiebang(*command)
        ).refusal() == "数据库结构不是最新的，请先运行 jiebang migrate"
    async with database.statement() as connection:
        await connection.execute(text("DROP DATABASE fresh WITH (FORCE)"))


@pytest.mark.parametrize("command", [["worker"], ["api"], ["bot"], ["import", "x.xlsx"], ["migrate"]])
async def test_a_temporal_that_is_away_is_one_clear_line(
    terminal: Terminal, database: Database, command: list[str]
) -> None:
    terminal.set(TEMPORAL_ADDRESS=f"{embedded.HOST}:{embedded.free_port()}")
    outcome = await terminal.jiebang(*command)
    assert outcome.code == 1
    assert outcome.err.startswith("错误：连不上 Temporal（127.0.0.1:")
    assert len(outcome.err.splitlines()) == 1


async def test_help_is_in_chinese_and_names_every_command(terminal: Terminal) -> None:
    outcome = await terminal.jiebang("--help")
    assert outcome.code == 0
    for command in (
        "up",
        "worker",
        "api",
        "bot",
        "migrate",
        "seed",
        "import",
        "token",
        "invite",
        "replay",
        "doctor",
    ):
        assert f" {command} " in outcome.out
