"""A WeCom of the tests' own (https://developer.work.weixin.qq.com): its API, its members, its callbacks.

It refuses as documented. Where the documentation is silent: a repeated request is looked for before a repeated task id,
unless `task_first`; a 31st message within a minute is answered as if it had been delivered, and is not.

Its members: `member.types("32")`, `member.taps("同上月 32")`, `await member.hears()`; see `wecom_member`.
"""

import asyncio
import itertools
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web
from defusedxml import ElementTree
from wechatpy.enterprise.crypto import WeChatCrypto

from tests.peers.phone import Json
from tests.peers.wecom_member import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN, Card, Member, Shown, card_of

_TEXT, _TITLE, _SUBTITLE, _LABEL, _BUTTONS, _KEY = 2048, 36, 160, 10, 6, 1024
_FILE, _IMAGE, _LEAST = 20 * 2**20, 10 * 2**20, 5
_CODE_LIVES = 72 * 3600.0
_SAME_AT_MOST = 4 * 3600.0
_TASK = re.compile(r"[0-9A-Za-z_@-]{1,128}")


class Refusal(Exception):
    """How it says no."""

    def __init__(self, code: int, said: str, **more: object) -> None:
        super().__init__(said)
        self.code, self.said, self.more = code, said, more


@dataclass
class Code:
    """With it a card can be changed once."""

    card: Card
    userid: str
    made_at: float


@dataclass
class Trouble:
    """How some of the next requests go wrong."""

    go_wrong: Callable[[], Awaitable[web.StreamResponse]]
    times: int
    what: str
    afterwards: bool = False  # done, but not answered

    def hits(self, what: str) -> bool:
        """Whether this request is one of them."""
        return self.times > 0 and self.what in ("", what)


class WeCom:
    """One corp with one app."""

    def __init__(self, agent_id: int = AGENT_ID) -> None:
        self.agent_id = agent_id
        self.url, self.hook = "", ""
        self.members: dict[str, Member] = {}
        self.answers: list[int] = []  # with which callbacks were answered; 0: not at all
        self.lost: list[Mapping[str, str]] = []  # callbacks that were given up
        self.calls: list[str] = []
        self.sent: list[Json] = []  # bodies of messages that were accepted
        self.tokens_given = 0
        self.token_lives = 7200
        self.menu: Json = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.unplugged = False
        self.patience = 5.0
        self.most_a_minute: int | None = 30
        self.task_first = False
        self.trusted = True  # whether our address is among those that may call
        self._numbers = itertools.count(1)
        self._token = ""
        self._tasks: set[str] = set()
        self._codes: dict[str, Code] = {}
        self._same: dict[str, float] = {}
        self._troubles: list[Trouble] = []
        self._crypto = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)
        self._delivering: set[asyncio.Task[None]] = set()

    # What the test does

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["WeCom"]:
        """Answer on a free port of loopback."""
        app = web.Application(client_max_size=2 * _FILE)
        app.router.add_route("*", "/cgi-bin/{what:.+}", self._answer)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            for task in self._delivering:
                task.cancel()
            await asyncio.gather(*self._delivering, return_exceptions=True)
            await runner.cleanup()

    def member(self, userid: str) -> "Member":
        """Somebody who sees the app."""
        self.members[userid] = Member(self, userid)
        return self.members[userid]

    def token_dies(self) -> None:
        """Before its time."""
        self._token = ""

    def codes_grow_old(self, hours: float = 72.1) -> None:
        """Response codes of so far."""
        for code in self._codes.values():
            code.made_at -= hours * 3600

    def time_passes(self, seconds: float) -> None:
        """For what is counted by the minute, and for what counts as said again."""
        for member in self.members.values():
            member.got = deque(at - seconds for at in member.got)
        self._same = {what: at - seconds for what, at in self._same.items()}

    def refuse(self, code: int, what: str = "", times: int = 1) -> None:
        """The next requests, with this error code."""

        async def refuse() -> web.StreamResponse:
            raise Refusal(code, "refused")

        self._troubles.append(Trouble(refuse, times, what))

    def fail(self, status: int, what: str = "", times: int = 1) -> None:
        """The next requests, with the page of a gateway."""

        async def fail() -> web.StreamResponse:
            return web.Response(status=status, text="<html>Bad Gateway</html>", content_type="text/html")

        self._troubles.append(Trouble(fail, times, what))

    def drop(self, what: str = "", times: int = 1, *, afterwards: bool = False) -> None:
        """Close the connection without an answer; `afterwards`: after having done what was asked."""
        self._troubles.append(Trouble(_no_answer, times, what, afterwards))

    def stall(self, what: str = "", seconds: float = 60) -> None:
        """Do not answer the next request for so long."""

        async def wait() -> web.StreamResponse:
            await asyncio.sleep(seconds)
            raise _NoAnswerError

        self._troubles.append(Trouble(wait, 1, what))

    # Callbacks

    def envelope(
        self, fields: Mapping[str, object], crypto: WeChatCrypto | None = None
    ) -> tuple[Json, bytes]:
        """What is delivered, signed and encrypted: query and body."""
        inner = "".join(f"<{k}>{escape(str(v))}</{k}>" for k, v in fields.items())
        timestamp, nonce = str(int(time.time())), str(next(self._numbers))
        sealed = (crypto or self._crypto).encrypt_message(f"<xml>{inner}</xml>", nonce, timestamp)
        found = {child.tag: child.text for child in ElementTree.fromstring(sealed)}
        query = {"msg_signature": found["MsgSignature"], "timestamp": timestamp, "nonce": nonce}
        outer = f"<ToUserName>{CORP_ID}</ToUserName><AgentID>{self.agent_id}</AgentID>"
        return query, f"<xml>{outer}<Encrypt>{found['Encrypt']}</Encrypt></xml>".encode()

    def deliver(self, fields: Mapping[str, str]) -> None:
        """Behind what the same member has sent before; three more times if it is not answered."""
        member = self.members[fields["FromUserName"]]

        async def deliver() -> None:
            async with member.one_by_one:
                await self._push(fields)

        task = asyncio.create_task(deliver())
        self._delivering.add(task)
        task.add_done_callback(self._delivering.discard)

    async def delivered(self) -> None:
        """Wait until nothing is on its way."""
        while self._delivering:
            await asyncio.wait(set(self._delivering))

    async def _push(self, fields: Mapping[str, str]) -> None:
        async with aiohttp.ClientSession() as client:
            for _ in range(4):
                if await self._push_once(client, fields) == 200:
                    return
        self.lost.append(fields)

    async def _push_once(self, client: aiohttp.ClientSession, fields: Mapping[str, str]) -> int:
        query, body = self.envelope(fields)
        status = 0
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with (
                asyncio.timeout(self.patience),
                client.post(self.hook, params=query, data=body) as answer,
            ):
                status = answer.status
        self.answers.append(status)
        if status != 200:
            await asyncio.sleep(0.05)
        return status

    def new_id(self) -> int:
        """A number that nobody else has."""
        return next(self._numbers)

    # Requests

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        what = request.match_info["what"]
        if self.unplugged:
            return _hang_up(request)
        self.calls.append(what)
        after = None
        for trouble in self._troubles:
            if trouble.hits(what):
                trouble.times -= 1
                if trouble.afterwards:
                    after = trouble
                    break
                try:
                    return await trouble.go_wrong()
                except Refusal as e:
                    return _refusal(e)
                except _NoAnswerError:
                    return _hang_up(request)
        try:
            answer = await self._do(what, request)
        except Refusal as e:
            answer = _refusal(e)
        return _hang_up(request) if after else answer

    async def _do(self, what: str, request: web.Request) -> web.StreamResponse:
        if what == "gettoken":
            return web.json_response(self._get_token(request.query))
        if not self.trusted:
            raise Refusal(
                60020, "not allow to access from your ip, hint: [1], from ip: 192.0.2.1, more info at x"
            )
        if not self._token or request.query.get("access_token") != self._token:
            raise Refusal(40014 if request.query.get("access_token") else 41001, "invalid access_token")
        match what:
            case "media/get":
                return self._media_get(request.query)
            case "media/upload":
                return web.json_response(self._upload(request.query, await request.post()))
        body = await request.text()
        match what:
            case "message/send":
                answer = self._send(json.loads(body), body)
            case "linkedcorp/message/send":
                answer = self._send_linked(json.loads(body))
            case "message/update_template_card":
                answer = self._update(json.loads(body))
            case "menu/create":
                answer = self._menu_create(request.query, json.loads(body))
            case _:
                raise Refusal(40066, "invalid url")
        return web.json_response({"errcode": 0, "errmsg": "ok"} | answer)

    def _get_token(self, query: Mapping[str, str]) -> Json:
        if query.get("corpid") != CORP_ID:
            raise Refusal(40013, "invalid corpid")
        if query.get("corpsecret") != SECRET:
            raise Refusal(40001, "invalid credential")
        self.tokens_given += 1
        self._token = self._token or f"access-token-{next(self._numbers)}"
        return {"errcode": 0, "errmsg": "ok", "access_token": self._token, "expires_in": self.token_lives}

    def _send(self, asked: Json, raw: str) -> Json:
        member = self.members.get(str(asked["touser"]))
        if member is None or member.gone:
            raise Refusal(81013, "user & party & tag all invalid", invaliduser=str(asked["touser"]).lower())
        if self.task_first:
            self._check(asked)
        interval = float(asked.get("duplicate_check_interval", 1800))
        before = self._same.get(raw) if asked.get("enable_duplicate_check") else None
        if before is not None and time.monotonic() - before < min(interval, _SAME_AT_MOST):
            return {"msgid": "repeated"}
        if not self.task_first:
            self._check(asked)
        self._same[raw] = time.monotonic()
        return self._accept(member, asked)

    def _send_linked(self, asked: Json) -> Json:
        if asked["msgtype"] == "template_card":
            raise Refusal(40008, "invalid msgtype")
        (userid,) = asked["touser"]
        member = self.members.get(userid)
        if member is None or member.gone:
            return {"invaliduser": [userid.lower()]}
        self._check(asked)
        return self._accept(member, asked)

    def _check(self, asked: Json) -> None:
        if asked.get("agentid") != self.agent_id:
            raise Refusal(40056, "invalid agentid")
        match asked["msgtype"]:
            case "text":
                content = asked["text"]["content"]
                if not content.strip():
                    raise Refusal(44004, "text content is empty")
                if len(content.encode()) > _TEXT:
                    raise Refusal(45002, "content size out of limit")
            case "template_card":
                self._check_card(asked["template_card"])
            case "image" | "file":
                if asked[asked["msgtype"]]["media_id"] not in self.files:
                    raise Refusal(40007, "invalid media_id")
            case _:
                raise Refusal(40008, "invalid msgtype")

    def _check_card(self, card: Json) -> None:
        buttons, task = card["button_list"], card["task_id"]
        if not _TASK.fullmatch(task) or task in self._tasks:
            raise Refusal(42014, "template_card.task_id is invalid or used")
        keys = [button["key"] for button in buttons]
        wrong = {
            "button_list size": not 1 <= len(buttons) <= _BUTTONS,
            "button_list.text": any(not 1 <= len(button["text"]) <= _LABEL for button in buttons),
            "button_list.key": len(set(keys)) < len(keys) or any(not 1 <= len(k) <= _KEY for k in keys),
            "main_title.title": not 1 <= len(card["main_title"]["title"]) <= _TITLE,
            "sub_title_text": len(card.get("sub_title_text", "")) > _SUBTITLE,
        }
        if any(wrong.values()):
            raise Refusal(40058, f"template_card.{next(k for k, v in wrong.items() if v)} invalid")

    def _accept(self, member: "Member", asked: Json) -> Json:
        now = time.monotonic()
        while member.got and now - member.got[0] >= 60:
            member.got.popleft()
        member.got.append(now)
        self.sent.append(asked)
        dropped = self.most_a_minute is not None and len(member.got) > self.most_a_minute
        if dropped:
            member.dropped += 1
        answer: Json = {"msgid": f"m{next(self._numbers)}"}
        if asked["msgtype"] == "template_card":
            card = card_of(asked["template_card"])
            self._tasks.add(card.task_id)
            answer["response_code"] = self.new_code(card, member.userid)
            if not dropped:
                member.shows_card(card)
        elif not dropped:
            self._show(member, asked)
        return answer

    def _show(self, member: "Member", asked: Json) -> None:
        if asked["msgtype"] == "text":
            member.shows(asked)
            return
        name, content = self.files[asked[asked["msgtype"]]["media_id"]]
        kind = {"image": "photo", "file": "document"}[asked["msgtype"]]
        said = Shown(0, "", file_name=name)
        setattr(said, kind, content)
        member.screen.append(said)

    def new_code(self, card: Card, userid: str) -> str:
        """A response code."""
        code = f"code-{next(self._numbers)}"
        self._codes[code] = Code(card, userid, time.monotonic())
        return code

    def _update(self, asked: Json) -> Json:
        code = self._codes.pop(asked["response_code"], None)
        if code is None:
            raise Refusal(42022, "code has been used")
        if time.monotonic() - code.made_at > _CODE_LIVES:
            raise Refusal(42014, "response_code expired")
        if asked["agentid"] != self.agent_id or asked["userids"] != [code.userid]:
            raise Refusal(42015, "not the app or the member of the message")
        code.card.frozen = asked["button"]["replace_name"]
        return {"invaliduser": []}

    def _upload(self, query: Mapping[str, str], posted: Mapping[str, Any]) -> Json:
        file = posted["media"]
        content = file.file.read()
        most = {"image": _IMAGE, "file": _FILE}.get(query["type"])
        if most is None:
            raise Refusal(40004, "invalid media type")
        if not _LEAST < len(content) <= most:
            raise Refusal(40006, "invalid media size")
        if query["type"] == "image" and not content.startswith((b"\x89PNG", b"\xff\xd8")):
            raise Refusal(40004, "invalid media type")
        media_id = f"media-{next(self._numbers)}"
        self.files[media_id] = (file.filename, content)
        return {"errcode": 0, "errmsg": "ok", "type": query["type"], "media_id": media_id}

    def _media_get(self, query: Mapping[str, str]) -> web.StreamResponse:
        found = self.files.get(query.get("media_id", ""))
        if found is None:
            raise Refusal(40007, "invalid media_id")
        return web.Response(body=found[1], content_type="application/octet-stream")

    def _menu_create(self, query: Mapping[str, str], menu: Json) -> Json:
        if query.get("agentid") != str(self.agent_id):
            raise Refusal(40056, "invalid agentid")
        top = menu["button"]
        if not 1 <= len(top) <= 3 or any(len(one.get("sub_button", [])) > 5 for one in top):
            raise Refusal(40016, "invalid button size")
        if any(len(one["name"].encode()) > 16 for one in top):
            raise Refusal(40018, "invalid button name size")
        self.menu = menu
        return {}


class _NoAnswerError(Exception):
    """The connection is closed instead."""


async def _no_answer() -> web.StreamResponse:
    raise _NoAnswerError


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return web.Response()


def _refusal(error: Refusal) -> web.StreamResponse:
    said = (
        f"{error.said}, hint: [1], from ip: 192.0.2.1, more info at https://open.work.weixin.qq.com/devtool"
    )
    return web.json_response({"errcode": error.code, "errmsg": said} | error.more)
