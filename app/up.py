"""`jiebang up`: everything on this machine in one command."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError, TelegramUnauthorizedError
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client

from app import embedded, recalculating, sample, schedules
from app.demo_clock import DEMO_BEGINS, YEAR, DemoClock, parse_month, parse_year
from app.embedded import SetupError
from app.http import serving
from app.process import Running
from app.settings import Settings, external_temporal
from app.wiring import Parts, assembled, connect, migrated
from bot.channels import local, telegram, wecom
from demo.players import Players
from domain.calendar import SHANGHAI, Clock
from domain.policy.rounds import ROUND_2021
from persistence.rounds import Rounds
from workflows.attributes import REGISTRY

Say = Callable[[str], None]

_CALLED = datetime.combine(ROUND_2021.announced_on, time(9), SHANGHAI)


class Demo(NamedTuple):
    """How the demo is played: how long a year takes, and when the later story begins; None: the 2021 call is played."""

    year: timedelta
    begins: datetime | None = None


def demo_of(year: str, month: str | None) -> Demo:
    """The demo as it is asked for on the command line. Raises SetupError."""
    return Demo(parse_year(year), parse_month(month) if month else None)


def up(settings: Settings, *, demo: Demo | None, say: Say) -> None:
    """Start all, run until SIGINT or SIGTERM, stop all.

    Raises SetupError with one clear line.
    """
    home = settings.home.resolve()
    embedded.check_folder(home)
    with contextlib.ExitStack() as stack:
        stack.enter_context(embedded.alone(home))
        embedded.check_port(settings.http_port, "JIEBANG_HTTP_PORT")
        database_url = settings.async_database_url
        if database_url is None:
            say("启动 PostgreSQL …")
            database_url = stack.enter_context(embedded.postgres(home / "postgres"))
        address = None
        if not external_temporal():
            say("启动 Temporal …")
            address = stack.enter_context(
                embedded.temporal(home, settings.temporal_port, settings.temporal_ui_port)
            )
        say("升级数据库结构 …")
        migrated(database_url)
        run = (
            _run_demo(settings, home, database_url, address, demo, say)
            if demo
            else _run(settings, database_url, address, say)
        )
        asyncio.run(run)
        say("正在停止 …")
    say("已全部停止。再次运行将从停下的地方继续。")


async def _run(settings: Settings, database_url: str, address: str | None, say: Say) -> None:
    client = await connect(address)
    await register_search_attributes(client)
    await schedules.register(client, Clock())
    async with (
        assembled(settings, database_url, client, Clock()) as parts,
        parts.workers(),
        Running() as running,
    ):
        await recalculating.recalculate_if_more_is_known(parts.database, parts.gateway)
        say("启动工作进程、接口和聊天机器人 …")
        app = parts.application(pages=settings.chat)
        async with serving(app, settings.http_host, settings.http_port):
            start_watch(parts, running)
            await start_bots(parts, running, local_chat=settings.chat)
            _greet(settings, external_temporal(), say)
            await running.until_stopped()


async def _run_demo(
    settings: Settings, home: Path, database_url: str, address: str | None, demo: Demo, say: Say
) -> None:
    client = await connect(address)
    await register_search_attributes(client)
    await schedules.register(client, Clock(speed=YEAR / demo.year))
    stands = home / "clock.json"
    if stands.exists() and demo.begins:
        say("演示已经开始过，从停下的地方继续，不另从指定的月份开始（要重新开始，先 make clean）。")
    if not stands.exists() and not demo.begins:
        say("2021 年 12 月 20 日，发榜 …")
        await _call(settings, database_url, client)
    clock = DemoClock(stands, demo.year, demo.begins or DEMO_BEGINS)
    clock.save()
    async with assembled(settings, database_url, client, clock) as parts:
        # Before any worker runs: what the machine's time has passed while it was stopped is not due yet.
        await parts.tell_clock(clock.current)
        await recalculating.recalculate_if_more_is_known(parts.database, parts.gateway)
        players = Players(parts.database, clock, _api(settings))
        app = parts.application(players.finish_form, clock.hold, pages=True)
        say("启动工作进程、接口和聊天机器人 …")
        async with (
            parts.workers(),
            serving(app, settings.http_host, settings.http_port),
            Running() as running,
        ):
            start_watch(parts, running)
            await start_bots(parts, running, local_chat=True)
            say("载入示例申报和示例基地 …")
            await sample.load(parts.database, parts.gateway, clock)
            running.start(players.play())
            running.start(_run_clock(clock, parts, players))
            _greet(settings, external_temporal(), say)
            say(await _first_steps(parts, clock, demo, _api(settings)))
            await running.until_stopped()
        clock.save()  # after the workers: nothing that they still did is later than what it says


async def _first_steps(parts: Parts, clock: DemoClock, demo: Demo, here: str) -> str:
    async with parts.database.transaction() as tx:
        called = ROUND_2021.slug in await Rounds(tx).slugs()
    story = _STORY_OF_THE_CALL if called else _STORY_OF_REPORTS
    minutes = demo.year.total_seconds() / 60
    return _FIRST_STEPS.format(now=clock.now(), minutes=minutes, story=story.format(here=here))


async def _call(settings: Settings, database_url: str, client: Client) -> None:
    """发榜, on its day: the demo itself begins later, when the first notices go out. Raises SetupError."""
    clock = Clock(origin=datetime.now(UTC), business_origin=_CALLED)
    async with assembled(settings, database_url, client, clock) as parts:
        app = parts.application()
        async with parts.workers(), serving(app, settings.http_host, settings.http_port):
            try:
                await Players(parts.database, clock, _api(settings)).call()
            except httpx.HTTPStatusError as e:
                raise SetupError(f"演示不能发榜：{e.response.json()['detail']} 请先 make clean。") from e


async def _run_clock(clock: DemoClock, parts: Parts, players: Players) -> None:
    """Once everybody can be reached: the first notices would go to nobody else."""
    await players.ready.wait()
    await clock.run(parts.tell_clock)


def _api(settings: Settings) -> str:
    return f"http://{settings.http_host}:{settings.http_port}"


async def start_bots(parts: Parts, running: Running, *, local_chat: bool) -> None:
    """The ways in: the local page, WeCom if it is set up, and Telegram by polling or webhook if a token is set."""
    if local_chat:
        running.start(local.poll(parts.bots[local.NAME], parts.intake, parts.database))
    if wecom.NAME in parts.bots:
        await _start_wecom(parts, running)
    bot = parts.bots.get(telegram.NAME)
    if bot is None:
        return
    url, secret = parts.settings.telegram_webhook_url, parts.settings.telegram_webhook_secret
    if url and secret:
        await _telegram(telegram.set_up_webhook(bot, url, secret.get_secret_value()))
    else:
        running.start(_telegram(telegram.poll(bot, parts.intake)))
    await telegram.set_commands(bot)


async def _start_wecom(parts: Parts, running: Running) -> None:
    """Work off what the callback keeps, and tell of what it could not."""
    bot = parts.bots[wecom.NAME]
    linked = parts.settings.wecom_linked
    way_in = wecom.WayIn(bot, parts.intake, parts.database, parts.services.words, numbers=linked)
    running.start(way_in.run())
    running.start(wecom.Reconciliation(bot, parts.services).run())
    await wecom.set_menu(bot)


def start_watch(parts: Parts, running: Running) -> None:
    """Where callbacks are answered: write down that they are."""
    if wecom.NAME in parts.bots:
        running.start(wecom.watch(parts.database, parts.clock))


async def _telegram(work: Coroutine[Any, Any, None]) -> None:
    """What Telegram refuses for good is a matter of settings."""
    try:
        await work
    except TelegramUnauthorizedError as e:
        raise SetupError("Telegram 不接受这个机器人令牌，请检查 JIEBANG_TELEGRAM_TOKEN。") from e
    except (TelegramNetworkError, TelegramBadRequest) as e:
        raise SetupError(f"Telegram 设置失败，请检查网络和 JIEBANG_TELEGRAM_WEBHOOK_URL：{e.message}") from e


async def register_search_attributes(client: Client) -> None:
    """Add what the server does not know yet."""
    service, namespace = client.operator_service, client.namespace
    known = await service.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
    missing = {n: t for n, t in REGISTRY.items() if n not in known.custom_attributes}
    if missing:
        request = AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
        await service.add_search_attributes(request)


def _greet(settings: Settings, own_temporal: bool, say: Say) -> None:
    here = _api(settings)
    ui = "（您自己的 Temporal）" if own_temporal else f"http://{embedded.HOST}:{settings.temporal_ui_port}"
    say(
        f"""
  聊天页        {here}/chat
  办公桌面      {here}/desk
  接口文档      {here}/docs
  Temporal 界面  {ui}
"""
    )


_FIRST_STEPS = """先做什么：打开聊天页，您是「示例联系人甲」，第一条月调度提醒马上就到，点「开始填报」逐项回答；
不想自己填，点页面上的「让演示角色填完本表」。其他人由演示角色扮演。现在是 {now:%Y-%m-%d}，每 {minutes:g} 分钟过一年（用 make run YEAR=2h 调整）；您在页面上操作时，时间自动放慢，停手一分钟后恢复。
左边「示例办公室经办人」收到每期情况的图和 Excel，以及逾期报告；想自己审核报送，在这一页关掉「由演示角色代答」，再发「待我办」。
「示例联系人丙」总是迟报，看提醒怎样逐级上报。
{story}
按 Ctrl-C 停止，再次运行会接着往下走。"""

_STORY_OF_THE_CALL = """2021 年发榜从申报走到公布约两个半月：在办公桌面和 Temporal 界面看申报和轮次 round-2021，公示后在 {here}/public/notices 看名单、提异议。
季督导、年考核等自 2023 年 7 月起报送；想马上看到，另用 make run FROM=2023-10（先 make clean，或换一个 JIEBANG_HOME）。"""

_STORY_OF_REPORTS = """基地都已在运行：第一个季度的季督导自查随即开启，办公室督导、责令整改、退回报送；翻过年就是年考核（第三方评价、等次、公布在
{here}/public/assessments）、半年发布和年度综合报告。"""
