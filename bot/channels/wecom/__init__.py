"""The WeCom channel: a self-built app, its members, its cards."""

import logging
from collections.abc import Sequence
from typing import Any

from aiogram import Bot

from bot.channels.wecom.account import NAME, Account, WeComAwayError, WeComError
from bot.channels.wecom.api import WeComApi
from bot.channels.wecom.callback import Callback, Keys
from bot.channels.wecom.outbox import LIMITS, Outbox
from bot.channels.wecom.reconcile import Reconciliation, watch
from bot.channels.wecom.session import WeComSession
from bot.channels.wecom.way_in import WayIn
from bot.words import Words
from persistence.database import Database
from persistence.wecom_messages import Limit

_LOG = logging.getLogger(__name__)

_MENU = (("待办", ()), ("待我办", ()), ("更多", ("基地", "申报", "材料", "帮助")))
"""What the menu under the chat says; a tap on it is as if that was typed."""


def wecom_bot(
    account: Account,
    database: Database,
    words: Words,
    api_base: str | None = None,
    limits: Sequence[Limit] = LIMITS,
) -> Bot:
    """A bot that speaks to WeCom, or to another server with its API."""
    api = WeComApi(account, database, api_base)
    session = WeComSession(Outbox(api, database, words, limits), database, words)
    return Bot(f"{account.agent_id}:wecom", session=session)


async def set_menu(bot: Bot) -> None:
    """The menu under the chat; not worth failing for."""
    assert isinstance(bot.session, WeComSession)  # noqa: S101 - whoever calls it has made the bot here
    try:
        await bot.session.outbox.api.set_menu({"button": [_entry(name, under) for name, under in _MENU]})
    except (WeComError, WeComAwayError) as e:
        _LOG.warning("the menu was not set: %s", e)


def _entry(name: str, under: Sequence[str]) -> dict[str, Any]:
    if under:
        return {"name": name, "sub_button": [_entry(each, ()) for each in under]}
    return {"type": "click", "name": name, "key": name}


__all__ = [
    "NAME",
    "Account",
    "Callback",
    "Keys",
    "Reconciliation",
    "WayIn",
    "WeComSession",
    "set_menu",
    "watch",
    "wecom_bot",
]
