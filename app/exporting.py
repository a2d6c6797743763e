"""Everything out (A3): a folder with each table as CSV and Parquet, and the dictionary that says what the columns mean.

Written beside its place and put there whole: a folder that is there is complete.
"""

import csv
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from app.embedded import SetupError
from app.export_files import TableFiles
from app.export_tables import OutTable, exported
from domain.calendar import SHANGHAI
from persistence.database import Database
from persistence.dictionary import dictionary
from persistence.export import snapshot

DICTIONARY = "data-dictionary"
MANIFEST = "manifest.json"
HEADINGS = ("表", "列", "含义", "类型", "单位", "可选值", "条款")
_WITH_FLAG = "仅在导出时加 --personal 才有"


async def export(database: Database, folder: Path, now: datetime, *, personal: bool) -> dict[str, int]:
    """Write everything into a folder that is not there yet, or empty; how many rows of each table.

    Raises SetupError if something is there, OSError if it cannot be written; then nothing is left behind.
    """
    tables = exported(personal=personal)
    with _whole(folder) as place:
        rows = {}
        async with snapshot(database) as everything:
            for table in tables:
                with TableFiles(place, table.name, table.columns) as files:
                    async for batch in table.batches(everything):
                        files.write(batch)
                    files.flush()
                rows[table.name] = files.rows
        _write_dictionary(place, tables, personal=personal)
        manifest = {"exported_at": now.astimezone(SHANGHAI).isoformat(), "personal": personal, "rows": rows}
        (place / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    return rows


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder beside, which takes the place of this one at the end, or is gone."""
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupError(f"{folder} 已经存在且不是空目录，没有导出；请换一个目录")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def lines(tables: Sequence[OutTable]) -> Iterator[tuple[str, ...]]:
    """The dictionary, a line for each column."""
    for table in tables:
        for column in table.columns:
            what = (column.means, column.type_words, column.unit, column.choices, column.clause)
            yield (table.name, column.name, *what)


def _write_dictionary(place: Path, tables: Sequence[OutTable], *, personal: bool) -> None:
    with (place / f"{DICTIONARY}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *lines(tables)])
    (place / f"{DICTIONARY}.md").write_text("\n".join(_pages(tables, personal=personal)), "utf-8")


def _pages(tables: Sequence[OutTable], *, personal: bool) -> Iterator[str]:
    yield "# 数据字典\n"
    yield (
        "每张表各有一个 CSV（UTF-8，Excel 可直接打开）和一个 Parquet 文件，内容相同。金额以万元计，保留两位小数；"
        "时刻为北京时间，标明“不含”的期限在该时刻截止；空为没有。CSV 中以 = + - @ 开头的文字前加了一个单引号，"
        "列表写作 JSON。文字项由填报人填写。\n"
    )
    for table in tables:
        yield f"## {table.name}\n\n{table.means}\n"
        yield f"| {' | '.join(HEADINGS[1:])} |\n|{'---|' * (len(HEADINGS) - 1)}"
        for line in lines([table]):
            yield f"| {' | '.join(map(_in_cell, line[1:]))} |"
        yield ""
    yield "## 没有导出的\n"
    yield from _left_out(personal=personal)


def _left_out(*, personal: bool) -> Iterator[str]:
    for name, table in sorted(dictionary().items()):
        if why := table.withheld or (_WITH_FLAG if table.personal and not personal else ""):
            yield f"- {name}（{table.means}）：{why}"
            continue
        for key, column in table.columns.items():
            if why := column.withheld or (_WITH_FLAG if column.personal and not personal else ""):
                yield f"- {name}.{key}（{column.means}）：{why}"


def _in_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
