"""What comes from WeCom: from its XML to what is kept, and from what is kept to aiogram's updates."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.types import (
    CallbackQuery,
    Chat,
    ChatMemberBanned,
    ChatMemberMember,
    ChatMemberUpdated,
    Message,
    PhotoSize,
    Update,
    User,
)
from pydantic import BaseModel, ConfigDict

from persistence.wecom import Waiting

TASK = re.compile(r"jb-(\d{1,18})")
"""The task id of a card, with the number of our message in it."""

_SUBSCRIBED = "/start"
_UNSUPPORTED = frozenset({"voice", "video", "location", "link", "file"})


class Arrival(BaseModel):
    """Something that a member sent."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["text", "tap", "photo", "unreadable", "gone"]
    at: int  # seconds since 1970
    text: str = ""
    data: str = ""
    message_id: int | None = None  # ours, under which the tapped button is
    response_code: str | None = None
    media_id: str = ""


class Keyed(NamedTuple):
    """An arrival with what makes its delivery one."""

    key: str
    userid: str
    arrival: Arrival


def read(fields: Mapping[str, str]) -> Keyed | None:
    """From the fields of a decrypted message. None for what nobody needs. Raises ValueError for what makes no sense."""
    kind, userid, at = fields.get("MsgType", ""), fields.get("FromUserName", ""), fields.get("CreateTime", "")
    if not kind or not at.isdecimal():
        raise ValueError("neither a message nor an event")
    arrival = _event(fields, int(at)) if kind == "event" else _message(fields, kind, int(at))
    if arrival is None:
        return None
    if not userid:
        raise ValueError("nobody has sent it")
    return Keyed(_key(fields), userid, arrival)


def _key(fields: Mapping[str, str]) -> str:
    if fields.get("MsgId"):
        return fields["MsgId"]
    names = ("FromUserName", "CreateTime", "Event", "TaskId", "EventKey")
    return ":".join(fields.get(name, "") for name in names)


def _message(fields: Mapping[str, str], kind: str, at: int) -> Arrival | None:
    if kind == "text":
        return Arrival(kind="text", at=at, text=fields.get("Content", ""))
    if kind == "image":
        return Arrival(kind="photo", at=at, media_id=fields.get("MediaId", ""))
    return Arrival(kind="unreadable", at=at) if kind in _UNSUPPORTED else None


def _event(fields: Mapping[str, str], at: int) -> Arrival | None:
    data = fields.get("EventKey", "")
    match fields.get("Event", "").lower():
        case "template_card_event":
            task = TASK.fullmatch(fields.get("TaskId", ""))
            number = int(task[1]) if task else None
            code = fields.get("ResponseCode") or None
            return Arrival(kind="tap", at=at, data=data, message_id=number, response_code=code)
        case "click":  # of the menu: as if it was typed
            return Arrival(kind="text", at=at, text=data)
        case "subscribe":
            return Arrival(kind="text", at=at, text=_SUBSCRIBED)
        case "unsubscribe":
            return Arrival(kind="gone", at=at)
        case _:
            return None


def to_update(waiting: Waiting, arrival: Arrival, bot: Bot) -> Update:
    """A text, a photo or a tap, as aiogram's handlers know it, mounted to the bot."""
    user = User(id=waiting.person_id, is_bot=False, first_name=waiting.userid)
    chat = Chat(id=waiting.person_id, type=ChatType.PRIVATE)
    date = datetime.fromtimestamp(arrival.at, UTC)
    if arrival.kind == "tap":
        under = Message(message_id=arrival.message_id or 0, date=date, chat=chat).as_(bot)
        callback = CallbackQuery(
            id=str(waiting.id),
            from_user=user,
            chat_instance=str(waiting.person_id),
            data=arrival.data,
            message=under,
        )
        return Update(update_id=waiting.id, callback_query=callback.as_(bot)).as_(bot)
    photo = _photo(arrival.media_id) if arrival.kind == "photo" else None
    if arrival.kind == "gone":
        left = _left(chat, user, date)
        return Update(update_id=waiting.id, my_chat_member=left.as_(bot)).as_(bot)
    message = Message(
        message_id=waiting.id,
        date=date,
        chat=chat,
        from_user=user,
        text=arrival.text if arrival.kind == "text" else None,
        photo=photo,
    )
    return Update(update_id=waiting.id, message=message.as_(bot)).as_(bot)


def _left(chat: Chat, user: User, date: datetime) -> ChatMemberUpdated:
    """The member does not see the app any more: to the bot it is as if it had been blocked."""
    me = User(id=1, is_bot=True, first_name="揭榜")
    before = ChatMemberMember(user=me)
    now = ChatMemberBanned(user=me, until_date=date)
    return ChatMemberUpdated(
        chat=chat, from_user=user, date=date, old_chat_member=before, new_chat_member=now
    )


def _photo(media_id: str) -> list[PhotoSize]:
    return [PhotoSize(file_id=media_id, file_unique_id=media_id, width=1, height=1)]
