"""An S3 server of the tests' own: objects of one bucket, by path, signed requests only, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import md5

from aiohttp import web

BUCKET = "documents"
KEY, SECRET = "the-peer", "the-peers-secret"


class S3:
    """The server and what it keeps."""

    def __init__(self) -> None:
        self.url = ""
        self.kept: dict[str, bytes] = {}
        self.calls: list[str] = []  # METHOD path
        self.status = 0  # answer everything with this status; 0: work

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["S3"]:
        """Answer on a free port of loopback."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", f"/{BUCKET}/{{path:.+}}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """How a client is told of this server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "local",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def count(self, method: str) -> int:
        """How many requests of a method came."""
        return sum(call.startswith(f"{method} ") for call in self.calls)

    async def _answer(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        self.calls.append(f"{request.method} {path}")
        content = await request.read()
        if self.status:
            return _error(self.status, "SlowDown")
        if f"Credential={KEY}/" not in request.headers.get("Authorization", ""):
            return _error(403, "AccessDenied")
        if request.method == "PUT":
            self.kept[path] = content
            return web.Response(headers=_marks(content))
        if path not in self.kept:
            return _error(404, "NoSuchKey")
        return web.Response(body=self.kept[path], headers=_marks(self.kept[path]))


def _marks(content: bytes) -> dict[str, str]:
    digest = md5(content, usedforsecurity=False).hexdigest()
    return {"ETag": f'"{digest}"', "Last-Modified": "Wed, 05 Jan 2022 04:00:00 GMT"}


def _error(status: int, code: str) -> web.Response:
    body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return web.Response(status=status, text=body, content_type="application/xml")
