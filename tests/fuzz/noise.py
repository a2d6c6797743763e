"""Noise: texts, taps, updates and documents as nobody means them, the same for the same seed."""

import json
import random
import string
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Chat, Message, Update, User

from bot import keyboards
from bot.english import MEANT
from domain.forms.files import said_file
from domain.forms.said import Said
from domain.terms import ObligationKind
from domain.views import Action
from tests.support import FULL_BY_KIND, at

Json = dict[str, Any]

WORDS = (
    *MEANT.values(),
    *MEANT,
    *(
        "待我办",
        "查 示例",
        "查 base-fuzz-03-1",
        "催 1",
        "转交",
        "下载模板",
        "跳过",
        "同上期",
        "填写说明",
        "改 5",
        "离任",
    ),
    *(
        "/start",
        "/start ABCD-EFGH",
        "/help",
        "/todo",
        "/base",
        "/apply",
        "/tax",
        "/credit",
        "/x@y",
        "#1",
        "＃99",
    ),
    *(
        "更正 1 理由",
        "异议 1 理由",
        "申诉 1 理由",
        "更正2021年12月",
        "异议 2021-12 理由",
        "5=40",
        "5＝",
        "=5",
        "99=1",
    ),
    *(
        "1200",
        "1,200.50",
        "1.2万",
        "１２００",
        "-0",
        "1e9",
        "∞",
        "NaN",
        "0x10",
        "九百",
        "2026-02-30",
        "5月32日",
    ),
    *(
        "' OR 1=1 --",
        "{0}",
        "{label}",
        "%s%n",
        "<b>",
        "\x00",
        "a\x00b",
        "\u202e",
        "\ufeff",
        "🀄" * 50,
        "\u0301" * 99,
    ),
    *("企业职工实训：80\n取得证书：7\n1=2", "1：1\n1：2", "：\n：", "1\t2\n3\t4"),
)
_ALPHABETS = (
    string.printable,
    "一二三四五六七八九十百千万亿零两年月日季度上下半第整改项",
    "0123456789０１２３.,，万%-",
    "",
)


class Noise:
    """A source of noise."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - nothing is kept secret by it

    def text(self, most: int = 60) -> str:
        """Letters of one kind, of all kinds, or words that mean something."""
        if self.random.random() < 0.4:
            return self.random.choice(WORDS)
        alphabet = self.random.choice(_ALPHABETS)
        size = self.random.randrange(1, most)
        if alphabet:
            return "".join(self.random.choices(alphabet, k=size))
        return "".join(self._letter() for _ in range(size))

    def _letter(self) -> str:
        """Any but halves of a pair."""
        number = self.random.randrange(0x110000)
        return chr(number if not 0xD800 <= number < 0xE000 else 0xFFFD)

    def said(self, kind: ObligationKind, most_revision: int) -> Said:
        """Something said to a form: an answer, a word, a file, a tap old or new."""
        dice = self.random.random()
        if dice < 0.3:
            revision = self.random.choice((None, self.random.randrange(most_revision + 2)))
            return Said(action=self.random.choice([*Action]), revision=revision)
        if dice < 0.6:
            return Said(text=self.random.choice([*FULL_BY_KIND[kind].values()]))
        if dice < 0.7:
            return Said(text=f"{self.random.randrange(30)}={self.text(10)}")
        if dice < 0.75:
            return Said(text=said_file(f"{self.random.randrange(256):02x}" * 32))
        return Said(text=self.text())

    def forged(self, classes: Sequence[type[CallbackData]], ids: Sequence[str]) -> str:
        """What no button of this person's carries: a class of ours with anything in it, or nothing of ours."""
        if self.random.random() < 0.15:
            return self.text()[:60] or "x"
        made = self.random.choice(classes)
        fields = {name: self._value(field.annotation, ids) for name, field in made.model_fields.items()}
        try:
            packed = made(**fields).pack()
        except ValueError:  # a separator in a value, or too long
            packed = f"{made.__prefix__}:{':'.join(map(str, fields.values()))}"
        return self._spoilt(packed) if self.random.random() < 0.2 else packed

    def _spoilt(self, data: str) -> str:
        place = self.random.randrange(len(data))
        return data[:place] + self._letter() + data[place + self.random.randrange(3) :]

    def _value(self, annotation: Any, ids: Sequence[str]) -> Any:
        kinds = [kind for kind in (get_args(annotation) or (annotation,)) if kind is not type(None)]
        kind = kinds[0]
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self.random.choice([*kind])
        if kind is bool:
            return self.random.random() < 0.5
        if kind is int:
            return self.random.choice((0, 1, 2, 3, -1, self.random.randrange(2**40)))
        return self.random.choice((*ids, "是", "1", str(self.random.choice([*Action])), "x"))

    def json(self, depth: int = 3) -> Any:
        """Any JSON."""
        if depth == 0 or self.random.random() < 0.4:
            leaf: Callable[[], Any] = self.random.choice(
                (
                    self.text,
                    lambda: None,
                    lambda: self.random.randrange(-(2**63), 2**63),
                    self.random.random,
                    bool,
                )
            )
            return leaf()
        if self.random.random() < 0.3:
            return [self.json(depth - 1) for _ in range(self.random.randrange(4))]
        return {self._key(): self.json(depth - 1) for _ in range(self.random.randrange(5))}

    def _key(self) -> str:
        return self.random.choice(
            ("update_id", "message", "callback_query", "chat", "from", "id", "text", "data", "date", "x")
        )

    def body(self) -> bytes:
        """A body for a webhook: bytes, JSON, JSON that was cut off."""
        dice = self.random.random()
        if dice < 0.2:
            return self.random.randbytes(self.random.randrange(200))
        written = json.dumps(self.json(), ensure_ascii=self.random.random() < 0.5).encode("utf-8", "replace")
        return written[: self.random.randrange(len(written) + 1)] if dice < 0.4 else written

    def update(self, number: int, person: int) -> bytes:
        """An update of Telegram's, with something in it that may be anything."""
        dice = self.random.random()
        update = (
            typed(number, person, self.text()) if dice < 0.5 else tapped(number, person, self.text() or "x")
        )
        content = update.model_dump(mode="json", exclude_none=True)
        if self.random.random() < 0.5:
            content[self.random.choice([*content, "edited_message", "my_chat_member"])] = self.json()
        message = content.get("message")
        if self.random.random() < 0.3 and message and isinstance(message, dict):
            message[self.random.choice([*message])] = self.json(1)
        return json.dumps(content).encode()

    def xml(self) -> bytes:
        """A document: one of ours with nonsense in it, not well formed, or one that wants to reach out."""
        dice = self.random.random()
        if dice < 0.25:
            return self.random.choice(_HOSTILE).encode()
        if dice < 0.4:
            return self.random.randbytes(self.random.randrange(200))
        names = (
            "ToUserName",
            "FromUserName",
            "CreateTime",
            "MsgType",
            "Content",
            "MsgId",
            "AgentID",
            "Event",
            "EventKey",
        )
        inner = "".join(
            f"<{name}>{_escaped(self.text(20))}</{name}>" for name in names if self.random.random() < 0.8
        )
        return f"<xml>{inner}</xml>".encode()


_HOSTILE = (
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:1/">]><xml><MsgType>&a;</MsgType></xml>',
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><xml><Encrypt>&c;</Encrypt></xml>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><xml/>',
    '<xml xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></xml>',
    "<xml><Encrypt></Encrypt></xml>",
    "<xml/>",
    "<xml>" * 5000,
    "",
)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def classes() -> list[type[CallbackData]]:
    """Every kind of button that there is."""
    return [
        made
        for made in vars(keyboards).values()
        if isinstance(made, type) and issubclass(made, CallbackData) and made is not CallbackData
    ]


def typed(number: int, person: int, text: str, *, group: bool = False) -> Update:
    """A text as it comes in."""
    user = User(id=person, is_bot=False, first_name="x")
    chat = Chat(id=-person, type="supergroup", title="x") if group else Chat(id=person, type="private")
    message = Message(message_id=number, date=at("2022-01-05 10:20"), chat=chat, from_user=user, text=text)
    return Update(update_id=number, message=message)


def tapped(number: int, person: int, data: str) -> Update:
    """A tap as it comes in."""
    user, chat = User(id=person, is_bot=False, first_name="x"), Chat(id=person, type="private")
    under = Message(message_id=1, date=at("2022-01-05 10:20"), chat=chat)
    query = CallbackQuery(id=str(number), from_user=user, chat_instance="x", data=data, message=under)
    return Update(update_id=number, callback_query=query)
