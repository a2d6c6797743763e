"""What can be typed where the bot speaks English. Beyond this file there is one way to say a thing, the Chinese one."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import Message, TelegramObject

MEANT = {
    "todo": "待办",
    "apply": "申报",
    "bases": "基地",
    "credit": "信用",
    "tax": "税收",
    "documents": "材料",
    "missing": "还缺",
    "help": "帮助",
    "start": "开始填报",
    "same": "同上月",
    "back": "上一项",
    "pause": "暂停",
    "summary": "汇总",
    "submit": "提交",
    "confirm": "确认",
    "again": "重填",
    "upload again": "重新上传",
    "done": "完成",
    "skip": "跳过",
    "template": "下载模板",
    "tomorrow": "明天",
    "remind me tomorrow": "明天提醒我",
    "none": "无",
    "all": "全部",
    "yes": "是",
    "no": "否",
    "appeal": "申诉",
    "correct": "更正",
    "object": "异议",
    "hand over": "转交",
    "take back": "收回",
    "change": "改",
    "mine": "待我办",
    "find": "查",
    "urge": "催",
    "cancel": "取消",
}
"""Words that stand alone."""

BEGINNING = ("appeal", "correct", "object", "mine", "find", "urge", "hand over", "change", "skip")
"""Words that something follows."""

_CORRECTION = re.compile(r"(\s*\d{1,2}\s*[=＝]\s*)(.*)", re.DOTALL)
_BEGUN = re.compile(rf"\s*({'|'.join(BEGINNING)})(\s.*)", re.DOTALL | re.IGNORECASE)


def meant(text: str) -> str:
    """What was typed, in the words that the handlers know; an answer stays as it is.

    >>> meant("Submit"), meant("5=same"), meant("correct 2026-10 a slip"), meant("submitted")
    ('提交', '5=同上月', '更正 2026-10 a slip', 'submitted')
    """
    correction, begun = _CORRECTION.fullmatch(text), _BEGUN.fullmatch(text)
    if correction:
        return correction[1] + meant(correction[2])
    if begun:
        return MEANT[begun[1].casefold()] + begun[2]
    return MEANT.get(" ".join(text.split()).casefold(), text)


class TypedInEnglish(BaseMiddleware):
    """Lets every handler read what was typed as if it had been typed in Chinese."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Pass the message on in the other words; what has no text is passed on as it is."""
        if isinstance(event, Message) and event.text:
            event = event.model_copy(update={"text": meant(event.text)})
        return await handler(event, data)
