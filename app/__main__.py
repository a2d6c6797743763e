"""The command line `jiebang`."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from app import embedded, importing, recalculating, schedules
from app import up as everything
from app.doctor import examine
from app.embedded import SetupError
from app.http import serving
from app.import_template import write_credit_template, write_template
from app.process import Running
from app.replaying import replay_files
from app.settings import Settings, external_temporal
from app.wiring import Parts, assembled, connect, database_trouble, migrated
from bot.words import chinese
from casework import credit_list
from casework.sheet import ImportRefused, content_of
from domain.calendar import Clock, business_day
from domain.errors import DomainError
from domain.policy.members import ALL_MEMBER_UNITS
from domain.policy.rounds import ROUND_2021
from domain.terms import City, Role
from persistence.database import Database
from persistence.people import People
from persistence.rounds import Rounds
from persistence.tokens import Tokens

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="揭榜：产教融合重大平台载体和实训基地管理")
token_cli = typer.Typer(no_args_is_help=True, help="API 令牌")
cli.add_typer(token_cli, name="token")

_INVITE_VALID = timedelta(days=7)


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


@cli.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="载入示例并快进时间")] = False,
    year: Annotated[str, typer.Option(help="演示中一个业务年用多久，如 30m、12m、1d")] = "30m",
    month: Annotated[
        str | None, typer.Option("--from", help="演示从哪个月开始，如 2023-10；不写则从 2021 年发榜开始")
    ] = None,
) -> None:
    """在本机启动全部：PostgreSQL、Temporal、工作进程、接口、聊天。"""
    everything.up(Settings(), demo=everything.demo_of(year, month) if demo else None, say=_say)


@cli.command()
def worker() -> None:
    """运行工作进程（流程与活动）。"""

    async def work(parts: Parts) -> None:
        await schedules.register(parts.client, parts.clock.current)
        await recalculating.recalculate_if_more_is_known(parts.database, parts.gateway)
        async with Running() as running, parts.workers():
            _say("工作进程已启动")
            await running.until_stopped()

    _with_parts(work)


@cli.command()
def api() -> None:
    """运行 HTTP 接口（含 Telegram、企业微信的回调；设 JIEBANG_CHAT=true 时含聊天页）。"""

    async def work(parts: Parts) -> None:
        settings = parts.settings
        app = parts.application(pages=settings.chat)
        async with Running() as running, serving(app, settings.http_host, settings.http_port):
            everything.start_watch(parts, running)
            _say(f"接口已启动：http://{settings.http_host}:{settings.http_port}/docs")
            await running.until_stopped()

    _with_parts(work)


@cli.command()
def bot() -> None:
    """运行聊天机器人（Telegram 轮询或设置回调，办理企业微信收到的消息；设 JIEBANG_CHAT=true 时含本地聊天页）。"""

    async def work(parts: Parts) -> None:
        async with Running() as running:
            await everything.start_bots(parts, running, local_chat=parts.settings.chat)
            _say("聊天机器人已启动")
            await running.until_stopped()

    _with_parts(work)


@cli.command()
def migrate() -> None:
    """升级数据库结构，并在 Temporal 登记搜索属性。"""

    async def register() -> None:
        await everything.register_search_attributes(await _client(Settings()))

    with _database_url(Settings()) as url:
        migrated(url)
    asyncio.run(register())
    _say("数据库结构和搜索属性已是最新")


@cli.command()
def seed() -> None:
    """载入 2021 年发榜（附件1 的 30 个产业方向）。"""

    async def work(database: Database) -> None:
        async with database.transaction() as tx:
            added = await Rounds(tx).add(ROUND_2021)
        _say("已载入" if added else "此前已载入，没有改动")

    _with_database(work)


@cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="XLSX 文件；信用名单也可以是 CSV")],
    credit: Annotated[bool, typer.Option("--credit", help="导入的是信用名单，不是基地")] = False,
    template: Annotated[bool, typer.Option("--template", help="不导入，只把空白模板写到该文件")] = False,
) -> None:
    """把已有基地从 XLSX 纳入管理，或导入信用名单；一行有误则全部不导入，重复导入不产生改动。"""
    if template:
        (write_credit_template if credit else write_template)(file)
        _say(f"模板已写到 {file}")
        return
    try:
        _import_credit(file) if credit else _import_bases(file)
    except ImportRefused as e:
        for error in e.errors:
            typer.echo(str(error), err=True)
        typer.echo(f"共 {len(e.errors)} 处有误，全部未导入。", err=True)
        raise typer.Exit(1) from None


def _import_bases(file: Path) -> None:
    async def work(parts: Parts) -> None:
        rows = importing.read(file, business_day(parts.clock.now()))
        taken = await importing.take_in(rows, parts.database, parts.gateway, parts.clock)
        _say(f"新纳入 {taken.new} 个基地，{taken.known} 个此前已纳入")

    _with_parts(work)


def _import_credit(file: Path) -> None:
    async def work(database: Database) -> None:
        records = credit_list.read(content_of(file), file.name, business_day(Clock().now()))
        taken = await credit_list.take_in(records, database)
        _say(f"新增 {taken.new} 条信用记录，{taken.known} 条此前已有")

    _with_database(work)


@cli.command()
def export(
    folder: Annotated[Path, typer.Argument(help="还不存在、或空的目录")],
    personal: Annotated[
        bool, typer.Option("--personal", help="连同姓名、电话、聊天账号和人写的理由、意见")
    ] = False,
) -> None:
    """把全部数据导出到目录：每张表一个 CSV 和一个 Parquet，附数据字典。"""
    from app import exporting  # with Arrow, which no other command has to load

    async def work(database: Database) -> None:
        rows = await exporting.export(database, folder, Clock().now(), personal=personal)
        _say(f"已导出 {len(rows)} 张表、{sum(rows.values())} 行到 {folder}")

    _with_database(work)


@token_cli.command("create")
def create_token(
    label: Annotated[str, typer.Argument(help="令牌的名称；同名的旧令牌随即失效")],
    role: Annotated[str, typer.Option(help="office、department、city、lead 或 readonly")],
    city: Annotated[City | None, typer.Option(help="市级办公室所在市")] = None,
    department: Annotated[str | None, typer.Option(help="成员单位名称")] = None,
    contact: Annotated[int | None, typer.Option(help="申报主体联系人的编号")] = None,
) -> None:
    """生成令牌，只显示这一次，库中只存其摘要。"""
    if role not in ("office", "department", "city", "lead", "readonly"):
        raise SetupError("--role 只能是 office、department、city、lead 或 readonly")
    for of, name, value in (
        ("city", "city", city),
        ("department", "department", department),
        ("lead", "contact", contact),
    ):
        if (role == of) != (value is not None):
            raise SetupError(f"--role {of} 需要（且只有它需要）--{name}")
    if department is not None and department not in ALL_MEMBER_UNITS:
        raise SetupError(f"--department 须为成员单位全称：{'、'.join(ALL_MEMBER_UNITS)}")

    async def work(database: Database) -> None:
        async with database.transaction() as tx:
            _say(await Tokens(tx).create(label, Role(role), city, department, contact))

    _with_database(work)


@token_cli.command("revoke")
def revoke_token(label: str) -> None:
    """使令牌失效。"""

    async def work(database: Database) -> None:
        async with database.transaction() as tx:
            if not await Tokens(tx).revoke(label):
                raise SetupError(f"没有名为 {label} 的令牌")
        _say("已失效")

    _with_database(work)


@cli.command()
def invite(contact_id: int) -> None:
    """为联系人生成一次性邀请码（7 天内有效），由其发送 /start 邀请码 绑定。"""

    async def work(database: Database) -> None:
        async with database.transaction() as tx:
            _say(await People(tx).invite(contact_id, datetime.now(UTC) + _INVITE_VALID))

    _with_database(work)


@cli.command()
def recalculate() -> None:
    """节假日安排公布后，重算标为暂定的期限（worker 启动时如有更新会自动办理）。"""

    async def work(parts: Parts) -> None:
        told = await recalculating.recalculate(parts.database, parts.gateway)
        _say(f"已通知 {told} 个基地重算暂定的期限")

    _with_parts(work)


@cli.command()
def replay(files: list[Path]) -> None:
    """用当前代码重放导出的流程历史（JSON），升级前确认不会破坏运行中的流程。"""
    asyncio.run(replay_files(files, _say))


@cli.command()
def doctor() -> None:
    """检查数据目录、端口、数据库、Temporal 和搜索属性。"""
    if not asyncio.run(examine(Settings(), _say)):
        raise typer.Exit(1)


@contextlib.contextmanager
def _database_url(settings: Settings) -> Iterator[str]:
    """The database that is named, or the embedded one (which may be running already)."""
    if settings.async_database_url:
        yield settings.async_database_url
    else:
        embedded.check_folder(settings.home.resolve())
        with embedded.postgres(settings.home.resolve() / "postgres") as url:
            yield url


async def _client(settings: Settings) -> Client:
    return await connect(None if external_temporal() else f"{embedded.HOST}:{settings.temporal_port}")


def _with_database(work: Callable[[Database], Awaitable[None]]) -> None:
    async def run(url: str) -> None:
        database = Database(url)
        try:
            await work(database)
        finally:
            await database.close()

    with _database_url(Settings()) as url:
        asyncio.run(run(url))


def _with_parts(work: Callable[[Parts], Awaitable[None]]) -> None:
    settings = Settings()

    async def run(url: str) -> None:
        client = await _client(settings)
        async with assembled(settings, url, client, Clock()) as parts:
            await work(parts)

    with _database_url(settings) as url:
        asyncio.run(run(url))


def main() -> None:
    """Run a command. What this machine, a setting or a rule refuses is one clear line and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        cli()
    except DomainError as e:
        _fail(chinese().refusal(e.refusal))
    except ValidationError as e:
        _fail("；".join(f"{'.'.join(map(str, x['loc']))} {x['msg']}".strip() for x in e.errors()))
    except SetupError as e:
        _fail(str(e))
    except SQLAlchemyError as e:
        _fail(database_trouble(e))
    except RPCError as e:
        _fail(f"Temporal 没有办理：{e.message}")
    except OSError as e:
        _fail(f"读写文件或连接服务失败：{e}")


def _fail(line: str) -> None:
    typer.echo(f"错误：{line}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
