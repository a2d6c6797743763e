"""The self-built app at WeCom: who we are there, and how it refuses (https://developer.work.weixin.qq.com)."""

import hashlib
import logging
from typing import Any, NamedTuple

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import TelegramMethod

NAME = "wecom"
OFFICIAL = "https://qyapi.weixin.qq.com"

DEAD_TOKEN = frozenset({40001, 40014, 42001})
BUSY = -1
TOO_OFTEN = frozenset({45009, 45033})
_WRONG_TASK = 42014

_OUT_OF_REACH = frozenset({81013, 40003, 40031, 43004, 60011, 60111})
"""The member has left, or is not among those whom the app may write to."""

_SETTINGS = {
    40001: "Secret 不正确，请检查 JIEBANG_WECOM_SECRET",
    40013: "企业 ID 不正确，请检查 JIEBANG_WECOM_CORP_ID",
    40014: "不接受 access_token，请检查 JIEBANG_WECOM_CORP_ID 和 JIEBANG_WECOM_SECRET",
    40056: "AgentId 不正确，请检查 JIEBANG_WECOM_AGENT_ID",
    42001: "不接受 access_token，请检查 JIEBANG_WECOM_CORP_ID 和 JIEBANG_WECOM_SECRET",
    48002: "应用没有调用这个接口的权限",
    50001: "应用没有启用",
    50003: "应用已被停用，请在管理后台启用",
    60020: "拒绝了本机的出口 IP，请在管理后台加入该应用的「企业可信 IP」",
    301002: "Secret 与 AgentId 不是同一个应用的，请检查 JIEBANG_WECOM_AGENT_ID",
}
"""What a person who runs this has to put right; no message is lost for it."""

_MINUTE, _MOMENT = 60, 5
_LOG = logging.getLogger(__name__)


class Account(NamedTuple):
    """The app. `linked`: to members of other corps too, through `linkedcorp/message/send`."""

    corp_id: str
    agent_id: int
    secret: str
    linked: bool = False

    @property
    def cache_key(self) -> str:
        """Another secret, another token."""
        told = f"{self.corp_id}:{self.agent_id}:{self.secret}"
        return f"{NAME}:{hashlib.sha256(told.encode()).hexdigest()[:12]}"


class WeComError(Exception):
    """The platform refuses: its code and what it says, without links and addresses."""

    def __init__(self, code: int, said: str) -> None:
        self.code, self.said = code, said.partition(", hint:")[0].partition(", more info")[0][:200]
        super().__init__(f"{code}: {self.said}")


class WeComAwayError(Exception):
    """The platform cannot be reached, or does not answer sensibly. Whether it has done what was asked is not known."""


def is_setting(error: WeComError) -> bool:
    """Whether somebody has to put the settings right."""
    return error.code in _SETTINGS


def task_is_known(error: WeComError) -> bool:
    """Whether it refuses because there is a card with this task id already."""
    said = error.said.lower()
    return error.code == _WRONG_TASK or "task_id" in said or "taskid" in said


def as_telegram(method: TelegramMethod[Any], error: WeComError | WeComAwayError) -> TelegramAPIError:
    """The same in the words that the bot's other parts understand."""
    if isinstance(error, WeComAwayError):
        return TelegramNetworkError(method=method, message=str(error))
    if error.code in TOO_OFTEN:
        wait = _MINUTE if error.code == 45009 else _MOMENT
        return TelegramRetryAfter(method=method, message=str(error), retry_after=wait)
    if error.code in _OUT_OF_REACH:
        return TelegramForbiddenError(method=method, message=str(error))
    if error.code == BUSY or is_setting(error):
        return TelegramServerError(method=method, message=str(error))
    return TelegramBadRequest(method=method, message=str(error))


class Complaints:
    """Tells whoever runs this what is wrong with the settings: once, until it is right again."""

    def __init__(self) -> None:
        self._told: int | None = None

    def hear(self, error: WeComError) -> None:
        """One line in the log, in Chinese."""
        if error.code in _SETTINGS and error.code != self._told:
            _LOG.error("企业微信（%s）：%s。消息会一直重试，不会丢失。", error.code, _SETTINGS[error.code])
            self._told = error.code

    def withdrawn(self) -> None:
        """The platform has done what was asked."""
        self._told = None
