"""What every table and column means, and what of it may leave (A3): `dictionary.toml`, typed.

Whoever adds a column says there what it means, or a test is red.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).with_suffix(".toml")
_TABLE = "_"


class ColumnMeaning(BaseModel):
    """One column: either a sentence, or a sentence with what has to be minded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    means: str
    unit: str = ""
    personal: bool = False  # names, telephones, chats, and what people wrote freely: only when asked for
    structured: bool = False  # JSON; what people wrote freely is left out of it unless asked for
    withheld: str = ""  # why it never leaves


class TableMeaning(BaseModel):
    """One table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    means: str
    personal: bool = False  # the whole table only when asked for
    withheld: str = ""  # why it never leaves
    columns: Mapping[str, ColumnMeaning]


@cache
def dictionary() -> Mapping[str, TableMeaning]:
    """By name of the table."""
    read = tomllib.loads(_FILE.read_text("utf-8"))
    return {name: _table(entries) for name, entries in read.items()}


def _table(entries: dict[str, object]) -> TableMeaning:
    columns = {name: _column(entry) for name, entry in entries.items() if name != _TABLE}
    about = entries[_TABLE]
    known = about if isinstance(about, dict) else {"means": about}
    return TableMeaning.model_validate(known | {"columns": columns})


def _column(entry: object) -> ColumnMeaning:
    return ColumnMeaning.model_validate(entry if isinstance(entry, dict) else {"means": entry})
