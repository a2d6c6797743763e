"""WeCom's server API, as far as it is needed.

The access token is in the URL, as WeCom wants it: nothing that knows the URL is logged or raised.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx

from bot.channels.wecom.account import (
    DEAD_TOKEN,
    OFFICIAL,
    Account,
    Complaints,
    WeComAwayError,
    WeComError,
)
from persistence.database import Database
from persistence.wecom_messages import SAME_WITHIN
from persistence.wecom_tokens import ChannelTokens

_SECONDS = 10
_RENEW_BEFORE = timedelta(minutes=5)
_NOBODY, _TOO_OFTEN = 81013, 45009
_PIECE_BYTES = 1 << 16
_JSON = "application/json"

Json = dict[str, Any]


class Token(NamedTuple):
    """An access token and how long it lives."""

    text: str
    lives: timedelta


class SharedToken:
    """The access token that all processes use: one of them renews it, the others find it in the database."""

    def __init__(self, database: Database, account: str, renew: Callable[[], Awaitable[Token]]) -> None:
        self._database, self._account, self._renew = database, account, renew
        self._alone = asyncio.Lock()  # one connection of this process waits for the others, not all of them
        self._known: str | None = None

    async def get(self, instead_of: str | None = None) -> str:
        """A token, and another one than `instead_of`, which the platform does not take any more.

        What worked last is tried first: one that has died is refused, and the database asked for another.
        """
        if self._known is None or self._known == instead_of:
            self._known = await self._shared(instead_of)
        return self._known

    async def _shared(self, instead_of: str | None) -> str:
        async with self._database.statement() as tx:
            found = await ChannelTokens(tx, self._account).get()
        if found and found != instead_of:
            return found
        async with self._alone, self._database.transaction() as tx:
            tokens = ChannelTokens(tx, self._account)
            await tokens.hold()
            found = await tokens.get()
            if found and found != instead_of:
                return found
            new = await self._renew()
            await tokens.put(new.text, new.lives)
            return new.text


class WeComApi:
    """One app of one corp. Raises WeComError and WeComAwayError."""

    def __init__(self, account: Account, database: Database, base: str | None = None) -> None:
        for name in ("httpx", "httpcore"):  # they log URLs
            logging.getLogger(name).setLevel(logging.WARNING)
        self.account = account
        self._http = httpx.AsyncClient(base_url=base or OFFICIAL, timeout=_SECONDS)
        self._token = SharedToken(database, account.cache_key, self._new_token)
        self._complaints = Complaints()

    async def send(self, userid: str, content: Json) -> str | None:
        """A message to one member; the code with which its card can be frozen.

        Identical content within four hours reaches the member once: whoever sends on purpose what was sent before
        makes it differ. Not so through `linkedcorp/message/send`, which has no such check.
        """
        if self.account.linked:
            answer = await self._call("linkedcorp/message/send", self._to([userid], content))
        else:
            once = {
                "enable_duplicate_check": 1,
                "duplicate_check_interval": int(SAME_WITHIN.total_seconds()),
            }
            answer = await self._call("message/send", self._to(userid, content) | once)
        missed = [answer.get("invaliduser"), answer.get("unlicenseduser")]
        if any(userid.lower() in _names(each) for each in missed):
            raise WeComError(_NOBODY, "the only receiver is invalid or has no license")
        code = answer.get("response_code")
        return str(code) if code else None

    def _to(self, userid: str | list[str], content: Json) -> Json:
        return {"touser": userid, "agentid": self.account.agent_id} | content

    async def freeze(self, userid: str, response_code: str, said: str) -> None:
        """Make the buttons of a card say `said` and nothing more."""
        button = {"replace_name": said}
        asked = {"userids": [userid], "agentid": self.account.agent_id, "response_code": response_code}
        await self._call("message/update_template_card", asked | {"button": button})

    async def upload(self, kind: str, name: str, content: bytes) -> str:
        """A file for members, kept for three days; its media id."""
        answer = await self._call("media/upload", files={"media": (name, content)}, type=kind)
        return str(answer["media_id"])

    async def set_menu(self, menu: Json) -> None:
        """The menu under the chat."""
        await self._call("menu/create", menu, agentid=str(self.account.agent_id))

    async def fetch(self, media_id: str) -> AsyncIterator[bytes]:
        """A file that a member has sent, in pieces."""
        token = await self._token.get()
        for again in (True, False):
            where = {"access_token": token, "media_id": media_id}
            async with _no_address(), self._http.stream("GET", "/cgi-bin/media/get", params=where) as answer:
                refusal = await self._refusal(answer)
                if refusal is None:
                    async for piece in answer.aiter_bytes(_PIECE_BYTES):
                        yield piece
                    return
            if not again or refusal.code not in DEAD_TOKEN:
                raise refusal
            token = await self._token.get(instead_of=token)

    async def _refusal(self, answer: httpx.Response) -> WeComError | None:
        """A file comes as it is, a refusal as JSON."""
        if answer.status_code == HTTPStatus.OK and _JSON not in answer.headers.get("content-type", ""):
            return None
        await answer.aread()
        try:
            _checked(answer)
        except WeComError as e:
            return e
        raise WeComAwayError("neither a file nor a refusal")

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def _call(
        self, what: str, asked: Json | None = None, files: Mapping[str, Any] | None = None, **params: str
    ) -> Json:
        try:
            answer = await self._twice(what, asked, files, params)
        except WeComError as e:
            self._complaints.hear(e)
            raise
        self._complaints.withdrawn()
        return answer

    async def _twice(
        self, what: str, asked: Json | None, files: Mapping[str, Any] | None, params: Mapping[str, str]
    ) -> Json:
        """A token may die early: once more with a new one."""
        token = await self._token.get()
        try:
            return await self._post(what, token, asked, files, params)
        except WeComError as e:
            if e.code not in DEAD_TOKEN:
                raise
        token = await self._token.get(instead_of=token)
        return await self._post(what, token, asked, files, params)

    async def _post(
        self,
        what: str,
        token: str,
        asked: Json | None,
        files: Mapping[str, Any] | None,
        params: Mapping[str, str],
    ) -> Json:
        query = {"access_token": token, **params}
        async with _no_address():
            answer = await self._http.post(f"/cgi-bin/{what}", params=query, json=asked, files=files)
        return _checked(answer)

    async def _new_token(self) -> Token:
        who = {"corpid": self.account.corp_id, "corpsecret": self.account.secret}
        async with _no_address():
            answer = _checked(await self._http.get("/cgi-bin/gettoken", params=who))
        lives = timedelta(seconds=int(answer["expires_in"]))
        return Token(str(answer["access_token"]), max(lives - _RENEW_BEFORE, lives / 2))


class _no_address:  # noqa: N801 - reads as what it does
    """Turns the client's errors, which know the URL, into ours, which do not."""

    async def __aenter__(self) -> None:
        """Nothing to do."""

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None and issubclass(kind, httpx.HTTPError | httpx.StreamError):
            raise WeComAwayError(kind.__name__) from None


def _checked(answer: httpx.Response) -> Json:
    """What it says. Raises WeComError if that is a refusal."""
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise WeComError(_TOO_OFTEN, "HTTP 429")
    if answer.status_code != HTTPStatus.OK:
        raise WeComAwayError(f"HTTP {answer.status_code}")
    try:
        said = answer.json()
        code = int(said.get("errcode", 0))
    except (ValueError, AttributeError, TypeError):
        raise WeComAwayError("the answer is not what it should be") from None
    if code:
        raise WeComError(code, str(said.get("errmsg", "")))
    return dict(said)


def _names(listed: object) -> set[str]:
    """`a|b` of one interface, `["a", "b"]` of the other, in lower case."""
    names = listed.split("|") if isinstance(listed, str) else listed if isinstance(listed, list) else []
    return {str(name).lower() for name in names}
