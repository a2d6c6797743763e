"""`jiebang doctor`: what is in order and what is not."""

from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.service import RPCError

from app import embedded
from app.embedded import SetupError
from app.settings import Settings, external_temporal
from app.wiring import connect, database_trouble
from persistence.database import Database
from workflows.attributes import REGISTRY

_NO_PUBLIC_URL = "! 公开地址：设了 Telegram 或企业微信，没有设 JIEBANG_PUBLIC_URL；聊天里的上传链接将以 {here} 开头，别人打不开"


async def examine(settings: Settings, say: Callable[[str], None]) -> bool:
    """Print one line per check, and warnings; whether all are in order."""
    checks: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
        ("数据目录", lambda: _folder(settings)),
        ("PostgreSQL", lambda: _database(settings)),
        ("Temporal", lambda: _temporal(settings)),
    )
    fine = True
    for name, check in checks:
        try:
            say(f"✓ {name}：{await check()}")
        except (SetupError, OSError, RuntimeError, RPCError) as e:
            fine = False
            say(f"✗ {name}：{e}")
    if (settings.telegram_token or settings.wecom_corp_id) and not settings.public_url:
        say(_NO_PUBLIC_URL.format(here=settings.reachable_url))
    return fine


async def _folder(settings: Settings) -> str:
    embedded.check_folder(settings.home.resolve())
    return str(settings.home.resolve())


async def _database(settings: Settings) -> str:
    if settings.async_database_url is None:
        return "内置（由 jiebang up 启动）"
    database = Database(settings.async_database_url)
    try:
        await database.ping()
    except SQLAlchemyError as e:
        raise SetupError(database_trouble(e)) from e
    finally:
        await database.close()
    return "可以连接"


async def _temporal(settings: Settings) -> str:
    address = None if external_temporal() else f"{embedded.HOST}:{settings.temporal_port}"
    client = await connect(address)
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = await client.operator_service.list_search_attributes(request)
    missing = sorted(set(REGISTRY) - set(known.custom_attributes))
    if missing:
        raise SetupError(f"缺少搜索属性 {'、'.join(missing)}，请运行 jiebang migrate")
    return "可以连接，搜索属性齐全"
