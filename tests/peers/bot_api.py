"""A Bot API server of the tests' own (https://core.telegram.org/bots/api). It refuses as documented.

It offers people to talk with: `person.types("32")`, `person.taps("同上月")`, `await person.hears()`. Where the
documentation is silent it does as Telegram's own server does: the older of two `getUpdates` is told off, updates
of a webhook come one after the other, a callback query can be answered once.
"""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiohttp import web

from tests.peers.phone import ME, Json, Person, Said

TOKEN = "4242:the-peer"
_MOST_TEXT, _ALERT, _DATA, _BUTTONS = 4096, 200, 64, 100
_MOST_FILE = 20 * 2**20  # that a bot may fetch


class Refusal(Exception):
    """How the server says no."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


@dataclass
class Trouble:
    """How some of the next requests go wrong."""

    go_wrong: Callable[[], Awaitable[web.StreamResponse]]
    times: int
    method: str | None = None
    chat: int | None = None
    served_first: int = 0

    def hits(self, method: str, chat: int | None) -> bool:
        """Whether this request is one of them."""
        if not (self.times > 0 and self.method in (None, method) and self.chat in (None, chat)):
            return False
        self.served_first -= 1
        return self.served_first < 0


class BotApi:
    """The server and its only bot."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.url = ""
        self.people: dict[int, Person] = {}
        self.groups: list[str] = []  # said in a group
        self.waiting: dict[int, Json] = {}  # updates that are not confirmed
        self.answers: list[int] = []  # statuses that the webhook answered with
        self.too_early = 0  # requests that did not obey retry_after
        self.commands: list[Json] = []
        self.files: dict[str, bytes] = {}  # by id, until they are not given out any more
        self.calls: list[str] = []
        self._numbers = itertools.count(1000)
        self._update_ids = itertools.count(700_000_001)
        self._queries: dict[str, Person] = {}
        self._quiet_until: dict[tuple[str, int | None], float] = {}
        self._troubles: list[Trouble] = []
        self._slow: dict[str, float] = {}
        self._unanswered: list[tuple[str, float]] = []
        self._allowed: list[str] = []
        self._hook, self._secret = "", ""
        self._held = False
        self._poller: object = None
        self._changed = asyncio.Condition()

    # What the test does

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["BotApi"]:
        """Answer on a free port of loopback."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path}", self._content)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        pushing = asyncio.create_task(self._push())
        try:
            yield self
        finally:
            pushing.cancel()
            with suppress(asyncio.CancelledError):
                await pushing
            await runner.cleanup()

    def person(self, name: str) -> Person:
        """Somebody who has pressed 开始 in the chat with the bot."""
        person = Person(self, 9_000_000_000 + len(self.people), name)
        self.people[person.id] = person
        return person

    def slow_down(self, seconds: int, chat: int | None = None, method: str = "sendMessage") -> None:
        """429 for the next send to this chat, or to any; who comes back before `seconds` is over is too early."""

        async def refuse() -> web.StreamResponse:
            self._quiet_until[method, chat] = time.monotonic() + seconds
            raise _too_many(seconds)

        self._troubles.append(Trouble(refuse, 1, method, chat))

    def fail(self, status: int, method: str, times: int = 1, *, html: bool = False) -> None:
        """5xx for the next requests: as JSON, or as the page of a gateway before the server."""

        async def refuse() -> web.StreamResponse:
            if html:
                return web.Response(
                    status=status, text="<html><h1>Bad Gateway</h1></html>", content_type="text/html"
                )
            raise Refusal(status, "Internal Server Error")

        self._troubles.append(Trouble(refuse, times, method))

    def recover(self) -> None:
        """Nothing goes wrong any more."""
        self._troubles.clear()

    def fail_after(self, times: int, status: int, method: str) -> None:
        """5xx once, after so many more of the requests were served."""
        self.fail(status, method)
        self._troubles[-1].served_first = times

    def drop(self, method: str, times: int = 1) -> None:
        """Close the connection without an answer."""
        self._troubles.append(Trouble(_no_answer, times, method))

    def lose_answer(self, method: str, times: int = 1, seconds: float = 0) -> None:
        """Do what the next requests ask for, and then close the connection without an answer, after a while."""
        self._unanswered += [(method, seconds)] * times

    def delay(self, method: str, seconds: float) -> None:
        """Take so long over each request from now on."""
        self._slow[method] = seconds

    def stall(self, method: str, seconds: float = 30) -> None:
        """Do not answer the next request for so long."""

        async def wait() -> web.StreamResponse:
            await asyncio.sleep(seconds)
            raise Refusal(504, "Gateway Timeout")

        self._troubles.append(Trouble(wait, 1, method))

    def arrive(self, kind: str, content: Json) -> Json:
        """An update for the bot, kept until it is confirmed."""
        number = next(self._update_ids)
        update = {"update_id": number, kind: content}
        if not self._allowed or kind in self._allowed:
            self.waiting[number] = update
            self._wake()
        return update

    def hold(self) -> None:
        """Deliver nothing from now on: the test does it."""
        self._held = True

    def deliver_again(self, update: Json) -> None:
        """The confirmation of an update is lost."""
        self.waiting = {update["update_id"]: update} | self.waiting
        self._wake()

    # Bookkeeping

    def new_id(self) -> int:
        """Id of a message."""
        return next(self._numbers)

    def new_query(self, person: Person) -> str:
        """Id of a callback query that waits for its answer."""
        query = f"q{next(self._numbers)}"
        self._queries[query] = person
        return query

    def forget_queries(self) -> None:
        """The callback queries of so far become too old to be answered."""
        self._queries.clear()

    def _wake(self) -> None:
        async def wake() -> None:
            async with self._changed:
                self._changed.notify_all()

        self._waking = asyncio.ensure_future(wake())

    # Requests

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        form = {k: str(v) for k, v in {**request.query, **posted}.items() if isinstance(v, str)}
        uploaded = {k: v for k, v in posted.items() if isinstance(v, web.FileField)}
        method = request.match_info["method"]
        self.calls.append(method)
        try:
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            if method not in METHODS.keys() | FILES.keys():
                raise Refusal(404, "Not Found: method not found")
            chat = int(form["chat_id"]) if "chat_id" in form else None
            self._check_rate(method, chat)
            for trouble in self._troubles:
                if trouble.hits(method, chat):
                    trouble.times -= 1
                    return await trouble.go_wrong()
            await asyncio.sleep(self._slow.get(method, 0))
            result: object
            if method in FILES:
                result = self._send_file(form, FILES[method], uploaded)
            else:
                result = await METHODS[method](self, form)
            await self._lose(method)
        except Refusal as e:
            body = {"ok": False, "error_code": e.status, "description": e.description}
            if e.parameters:
                body["parameters"] = e.parameters
            return web.json_response(body, status=e.status)
        except _NoAnswerError:
            if request.transport:
                request.transport.abort()
            return web.Response()
        return web.json_response({"ok": True, "result": result})

    async def _lose(self, method: str) -> None:
        lost = next((one for one in self._unanswered if one[0] == method), None)
        if lost:
            self._unanswered.remove(lost)
            await asyncio.sleep(lost[1])
            raise _NoAnswerError

    def _check_rate(self, method: str, chat: int | None) -> None:
        until = max(self._quiet_until.get((method, each), 0) for each in (chat, None))
        quiet = until - time.monotonic()
        if quiet > 0:
            self.too_early += 1
            raise _too_many(int(quiet) + 1)

    async def _content(self, request: web.Request) -> web.StreamResponse:
        content = self.files.get(request.match_info["path"])
        if request.match_info["token"] != self.token or content is None:
            return web.Response(status=404)
        return web.Response(body=content)

    async def _get_file(self, form: Mapping[str, str]) -> Json:
        content = self.files.get(form["file_id"])
        if content is None:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(content) > _MOST_FILE:
            raise Refusal(400, "Bad Request: file is too big")
        known = {"file_id": form["file_id"], "file_unique_id": form["file_id"], "file_size": len(content)}
        return known | {"file_path": form["file_id"]}

    async def _get_me(self, form: Mapping[str, str]) -> Json:
        return ME

    async def _set_my_commands(self, form: Mapping[str, str]) -> bool:
        self.commands = json.loads(form["commands"])
        return True

    async def _get_updates(self, form: Mapping[str, str]) -> list[Json]:
        self._check_no_hook()
        self._allow(form)
        mine = self._poller = object()
        offset = int(form.get("offset", 0))
        self.waiting = {k: v for k, v in self.waiting.items() if k >= offset}

        def over() -> bool:
            return bool(self.waiting) or self._poller is not mine or bool(self._hook)

        async with self._changed:
            self._changed.notify_all()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait_for(over), float(form.get("timeout", 0)))
        self._check_no_hook()
        if self._poller is not mine:
            raise Refusal(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        limit = min(max(int(form.get("limit", 100)), 1), 100)
        return [self.waiting[k] for k in sorted(self.waiting)][:limit]

    def _check_no_hook(self) -> None:
        if self._hook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )

    async def _set_webhook(self, form: Mapping[str, str]) -> bool:
        secret = form.get("secret_token", "")
        if len(secret) > 256 or not secret.replace("_", "").replace("-", "").isalnum():
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        self._allow(form)
        self._hook, self._secret = form["url"], secret
        self._wake()
        return True

    async def _delete_webhook(self, form: Mapping[str, str]) -> bool:
        self._hook = ""
        if form.get("drop_pending_updates") == "true":
            self.waiting.clear()
        return True

    async def _get_webhook_info(self, form: Mapping[str, str]) -> Json:
        info = {"url": self._hook, "has_custom_certificate": False}
        return info | {"pending_update_count": len(self.waiting)}

    def _allow(self, form: Mapping[str, str]) -> None:
        if "allowed_updates" in form:
            self._allowed = json.loads(form["allowed_updates"])

    async def _send_message(self, form: Mapping[str, str]) -> Json:
        text, buttons = _checked_text(form), _checked_buttons(form)
        chat = int(form["chat_id"])
        number = self.new_id()
        answer = {"message_id": number, "date": int(time.time()), "from": ME, "text": text}
        if chat < 0 and -chat in self.people:
            self.groups.append(text)
            return answer | {"chat": {"id": chat, "type": "supergroup", "title": "群"}}
        if chat not in self.people:
            raise Refusal(400, "Bad Request: chat not found")
        if self.people[chat].blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        self.people[chat].screen.append(Said(number, text, buttons))
        return answer | {"chat": {"id": chat, "type": "private"}}

    def _send_file(self, form: Mapping[str, str], kind: str, uploaded: Mapping[str, web.FileField]) -> Json:
        """A photo or a document that was uploaded with the request."""
        given = form.get(kind, "").removeprefix("attach://")
        if given not in uploaded:
            raise Refusal(400, f"Bad Request: there is no {kind} in the request")
        file = uploaded[given]
        content, chat = file.file.read(), int(form["chat_id"])
        if kind == "photo" and not content.startswith((b"\x89PNG", b"\xff\xd8")):
            raise Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")
        person = self.people.get(chat)
        if person is None:
            raise Refusal(400, "Bad Request: chat not found")
        if person.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        said = Said(self.new_id(), form.get("caption", ""), file_name=file.filename)
        setattr(said, kind, content)
        person.screen.append(said)
        known = {"message_id": said.message_id, "date": int(time.time()), "from": ME}
        return known | {"chat": {"id": chat, "type": "private"}}

    def _shown(self, form: Mapping[str, str]) -> Said:
        person = self.people.get(int(form["chat_id"]))
        found = [s for s in (person.screen if person else []) if str(s.message_id) == form["message_id"]]
        if not found:
            raise Refusal(400, "Bad Request: message to edit not found")
        return found[0]

    async def _edit_text(self, form: Mapping[str, str]) -> bool:
        said, text, buttons = self._shown(form), _checked_text(form), _checked_buttons(form)
        if (said.text, said.buttons) == (text, buttons):
            raise Refusal(400, "Bad Request: message is not modified")
        said.text, said.buttons = text, buttons
        return True

    async def _edit_markup(self, form: Mapping[str, str]) -> bool:
        said, buttons = self._shown(form), _checked_buttons(form)
        if said.buttons == buttons:
            raise Refusal(400, "Bad Request: message is not modified")
        said.buttons = buttons
        return True

    async def _answer_callback(self, form: Mapping[str, str]) -> bool:
        tapped_by = self._queries.pop(form["callback_query_id"], None)
        if tapped_by is None:
            raise Refusal(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        text = form.get("text", "")
        if len(text) > _ALERT:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        if text:
            tapped_by.screen.append(Said(0, text, alert=True))
        return True

    # The webhook

    async def _push(self) -> None:
        async with aiohttp.ClientSession() as client:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._hook and self.waiting and not self._held)
                number = min(self.waiting)
                headers = {"X-Telegram-Bot-Api-Secret-Token": self._secret} if self._secret else {}
                try:
                    async with client.post(self._hook, json=self.waiting[number], headers=headers) as answer:
                        status = answer.status
                except aiohttp.ClientError:
                    status = 0
                self.answers.append(status)
                if 200 <= status < 300:
                    self.waiting.pop(number, None)
                else:
                    await asyncio.sleep(0.05)


async def hang_up(bot: Bot) -> None:
    """Close a bot's connections, without aiogram's quarter of a second for TLS that is not there."""
    if isinstance(bot.session, AiohttpSession):
        await (await bot.session.create_session()).close()


class _NoAnswerError(Exception):
    """The connection is closed instead."""


async def _no_answer() -> web.StreamResponse:
    raise _NoAnswerError


def _too_many(seconds: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def _checked_text(form: Mapping[str, str]) -> str:
    text = form.get("text", "")
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text) > _MOST_TEXT:
        raise Refusal(400, "Bad Request: message is too long")
    return text


def _checked_buttons(form: Mapping[str, str]) -> dict[str, str]:
    rows = json.loads(form.get("reply_markup", "{}")).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    if len(buttons) > _BUTTONS:
        raise Refusal(400, "Bad Request: reply markup is too long")
    for button in buttons:
        if not 1 <= len(button["callback_data"].encode()) <= _DATA:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        if not button["text"]:
            raise Refusal(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    return {button["text"]: button["callback_data"] for button in buttons}


FILES = {"sendPhoto": "photo", "sendDocument": "document"}
"""Methods that upload a file, and the field that it is in."""

METHODS: dict[str, Callable[[BotApi, Mapping[str, str]], Awaitable[object]]] = {
    "getMe": BotApi._get_me,
    "setMyCommands": BotApi._set_my_commands,
    "getUpdates": BotApi._get_updates,
    "setWebhook": BotApi._set_webhook,
    "deleteWebhook": BotApi._delete_webhook,
    "getWebhookInfo": BotApi._get_webhook_info,
    "getFile": BotApi._get_file,
    "sendMessage": BotApi._send_message,
    "editMessageText": BotApi._edit_text,
    "editMessageReplyMarkup": BotApi._edit_markup,
    "answerCallbackQuery": BotApi._answer_callback,
}
