"""Writing a table as CSV that Excel opens and as Parquet, a part at a time."""

import csv
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from app.export_tables import OutColumn
from domain.calendar import SHANGHAI

GROUP = 20_000
"""Rows of a row group of Parquet, held in memory until there are so many."""

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TableFiles:
    """`name.csv` and `name.parquet` in a folder, open until they are closed."""

    def __init__(self, folder: Path, name: str, columns: Sequence[OutColumn]) -> None:
        self.rows = 0
        self._columns = columns
        self._schema = pa.schema(
            [pa.field(c.name, c.type, metadata={"description": c.means, "unit": c.unit}) for c in columns]
        )
        self._file = (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow([column.name for column in columns])
        self._parquet = pq.ParquetWriter(folder / f"{name}.parquet", self._schema, compression="zstd")
        self._held: list[list[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._parquet.close()

    def write(self, batch: Sequence[dict[str, Any]]) -> None:
        """Write rows as the database gives them."""
        for row in batch:
            values = [column.value(row) for column in self._columns]
            self._csv.writerow(map(cell, values))
            self._held.append(values)
            if len(self._held) >= GROUP:
                self.flush()
        self.rows += len(batch)

    def flush(self) -> None:
        """Write what is held. To be done at the end."""
        if self._held:
            by_column = [
                pa.array(values, field.type)
                for values, field in zip(zip(*self._held, strict=True), self._schema, strict=True)
            ]
            self._parquet.write_table(pa.Table.from_arrays(by_column, schema=self._schema))
            self._held.clear()


def cell(value: object) -> str:
    """A value in CSV. A text that Excel would take for a formula gets an apostrophe before it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(SHANGHAI).isoformat()
        case list():
            return json.dumps(value, ensure_ascii=False)
        case str() if value.startswith(_STARTS_FORMULA):
            return f"'{value}"
    return str(value)
