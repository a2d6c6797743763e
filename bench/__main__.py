"""`make bench`: what is measured, against the bare operation of the same run."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from pathlib import Path

from app import embedded
from bench import chat, picture
from bench.events import base_year
from bench.measures import chat_latency, opening
from bench.setup import bench, in_office_hours
from persistence.migrate import upgrade

_PICTURE_MONTHS = 24


async def _measure(database_url: str, address: str, rounds: int, bases: int) -> None:
    async with bench(database_url, address, in_office_hours()) as b:
        ours, bare = await chat_latency(b, rounds)
        _row("聊天：答复进 → 回复出", f"p50 {ours.p50:.1f} ms，p99 {ours.p99:.1f} ms")
        _row("  裸 update", f"p50 {bare.p50:.1f} ms，p99 {bare.p99:.1f} ms")
        _row("  比值（目标 p50 ≤ 1.5）", f"p50 {ours.p50 / bare.p50:.2f}，p99 {ours.p99 / bare.p99:.2f}")
        async for what, value in chat.rows(b, rounds):
            _row(what, value)
        opened = await opening(b, bases)
        _row(f"开启一个月：{opened.bases} 个基地", f"{opened.per_second:.0f} 个/秒")
        _row("  裸子流程＋活动", f"{opened.bare_per_second:.0f} 个/秒")
        _row("  比值（目标 ≥ 0.7）", f"{opened.per_second / opened.bare_per_second:.2f}")
        _row("工作进程内存", f"每个基地（含一项报送）{opened.bytes_per_base / 1024:.0f} KiB")
        year = await base_year(b)
        counted = "，".join(f"{name} {n}×{year.by_operation[name]:.1f}" for name, n in year.counts.items())
        _row("历史事件：每基地每年（五类报送全部报齐）", f"{year.ours:.0f}")
        _row("  裸操作之和", f"{year.bare:.0f}（{counted}）")
        _row("  比值（目标 ≤ 1.15）", f"{year.ours / year.bare:.2f}")


async def _picture(database_url: str, bases: int) -> None:
    async for what, value in picture.rows(database_url, bases, _PICTURE_MONTHS):
        _row(what, value)


def _row(what: str, value: str) -> None:
    sys.stdout.write(f"{what:<32}{value}\n")
    sys.stdout.flush()


def main() -> None:
    """Start servers of our own in a temporary folder, measure, stop them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="answers for the latency")
    parser.add_argument("--bases", type=int, default=1000, help="bases whose month opens")
    parser.add_argument("--picture", type=int, default=10_000, help="bases in the picture of a period")
    args = parser.parse_args()
    _row(
        "机器",
        f"{os.cpu_count()} 核，{platform.system()} {platform.machine()}，Python {platform.python_version()}",
    )
    with tempfile.TemporaryDirectory(prefix="jb-") as folder:
        home = Path(folder)
        with (
            embedded.postgres(home / "pg") as url,
            embedded.temporal(home, embedded.free_port(), None) as address,
        ):
            upgrade(url)
            asyncio.run(_measure(url, address, args.rounds, args.bases))
        with embedded.postgres(home / "pg") as url:
            asyncio.run(_picture(url, args.picture))


if __name__ == "__main__":
    main()
