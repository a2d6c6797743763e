"""The platforms' peers of the tests, each in a process of its own: what they take must not count as ours.

`python -m bench.peers telegram 51` serves so many people until its input ends; its first line is the address.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.peers.bot_api import BotApi
from tests.peers.wecom_api import WeCom

FIRST_PERSON = 9_000_000_000
"""The number of the first person at the Bot API peer; the others follow."""


def member(n: int) -> str:
    """The n-th member at the WeCom peer."""
    return f"member-{n}"


@asynccontextmanager
async def peer(name: str, people: int) -> AsyncIterator[str]:
    """A peer with so many people; its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.peers", name, str(people)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout  # noqa: S101 - it was asked for
    assert process.stdin  # noqa: S101
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def _telegram(people: int) -> None:
    async with BotApi().serving() as api:
        for n in range(people):
            api.person(f"示例{n}")
        await _until_closed(api.url)


async def _wecom(people: int) -> None:
    async with WeCom().serving() as api:
        api.most_a_minute = None  # it is measured how fast we are, not how slow people are
        for n in range(people):
            api.member(member(n))
        await _until_closed(api.url)


async def _until_closed(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run({"telegram": _telegram, "wecom": _wecom}[sys.argv[1]](int(sys.argv[2])))
