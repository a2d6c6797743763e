"""What is exported (A3): every table that may leave, the figures in one long table, and one wide table for each form.

Each column carries its meaning, so that nothing is exported without one.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa
from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, Numeric, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from domain.forms.application import FORM_TITLE, QUESTIONS
from domain.forms.questions import NONE_WORD, AnswerKind, Question
from domain.forms.registry import FORMS
from domain.terms import OBLIGATION_SLUG, ObligationKind
from persistence import tables
from persistence.dictionary import ColumnMeaning, dictionary
from persistence.export import APPLICATION_COLUMNS, REPORT_COLUMNS, Batch, Export

STRUCTURED_KEYS = frozenset(
    """kind level document_no official_name official_names publication_no duty duties result ground grade severity
    item items methods organiser department self_report state phase period base base_id code stage step city year
    title number role origin approach amount score total points""".split()  # noqa: SIM905
)
"""Whose texts are no people's own words. Of all else in a JSON column only numbers, days, and yes or no are kept."""

_DECIMAL = pa.decimal128(12, 2)
_INSTANT = pa.timestamp("us", tz="Asia/Shanghai")


_WORDS = {pa.string(): "文字", pa.int64(): "整数", pa.bool_(): "是否", pa.date32(): "日期", _INSTANT: "时刻"}


class OutColumn(NamedTuple):
    """One column as it leaves."""

    name: str
    type: pa.DataType
    value: Callable[[dict[str, Any]], Any]  # of a row as the database gives it
    means: str
    unit: str = ""
    choices: str = ""
    clause: str = ""

    @property
    def type_words(self) -> str:
        """Its type as people say it."""
        if pa.types.is_decimal(self.type):
            return f"小数（{self.type.precision} 位，其中小数 {self.type.scale} 位）"
        if pa.types.is_list(self.type):
            return f"{_WORDS[self.type.value_type]}列表"
        return _WORDS[self.type]


class OutTable(NamedTuple):
    """One table as it leaves."""

    name: str
    means: str
    columns: tuple[OutColumn, ...]
    batches: Callable[[Export], AsyncIterator[Batch]]


def exported(*, personal: bool) -> list[OutTable]:
    """Everything that leaves; `personal`: with names, telephones, chats, and what people wrote freely."""
    plain = [table for name in sorted(dictionary()) if (table := _table(name, personal=personal))]
    return [*plain, _application_form(), *(_form(kind) for kind in ObligationKind if kind in FORMS)]


def _table(name: str, *, personal: bool) -> OutTable | None:
    meaning = dictionary()[name]
    if meaning.withheld or (meaning.personal and not personal):
        return None
    leaving = {
        key: column
        for key, column in meaning.columns.items()
        if not column.withheld and (personal or not column.personal)
    }
    if name == tables.figures.name:
        return OutTable(name, meaning.means, tuple(_figure_columns(leaving)), Export.figures)
    source = tables.metadata.tables[name]
    columns = tuple(_column(source.c[key], about, whole=personal) for key, about in leaving.items())
    return OutTable(name, meaning.means, columns, partial(Export.rows, table=source, columns=list(leaving)))


def _column(column: Column[Any], about: ColumnMeaning, *, whole: bool) -> OutColumn:
    read = partial(_json, whole=whole or not about.structured) if isinstance(column.type, JSONB) else _same
    kind = arrow_type(column.type)
    return OutColumn(column.name, kind, _taken(column.name, read), about.means, about.unit)


def _taken(name: str, read: Callable[[Any], Any]) -> Callable[[dict[str, Any]], Any]:
    """What a row has under a name. 「无」 is nothing where something else is read from a text."""

    def value(row: dict[str, Any]) -> Any:
        found = row.get(name)
        return None if found is None or (found == NONE_WORD and read is not _same) else read(found)

    return value


def arrow_type(kind: TypeEngine[Any]) -> pa.DataType:
    """How a column of the database is kept in Parquet. TypeError for what cannot leave."""
    match kind:
        case Numeric() if kind.precision is not None:
            return pa.decimal128(kind.precision, kind.scale or 0)
        case Boolean():
            return pa.bool_()
        case Integer():
            return pa.int64()
        case Date():
            return pa.date32()
        case DateTime():
            return _INSTANT
        case ARRAY():
            return pa.list_(arrow_type(kind.item_type))
        case String() | JSONB():
            return pa.string()
    raise TypeError(f"no way to export {kind!r}")


def _same(value: Any) -> Any:
    return value


# Figures and forms


def _figure_columns(leaving: dict[str, ColumnMeaning]) -> Iterator[OutColumn]:
    types = {"version": pa.int64(), "newest": pa.bool_(), "number": _DECIMAL}
    made = {"label": partial(_of_question, name="label"), "unit": partial(_of_question, name="unit")}
    for key, about in leaving.items():
        value = made.get(key) or _taken(key, _same)
        yield OutColumn(key, types.get(key, pa.string()), value, about.means, about.unit)


def _of_question(row: dict[str, Any], name: str) -> str | None:
    """Of the question that is asked now; None if it is asked no more."""
    kind = ObligationKind(row["kind"])
    question = FORMS[kind].by_key.get(row["key"]) if kind in FORMS else None
    return getattr(question, name, None)


_HEAD = {
    "obligation_id": (pa.string(), "事项编号"),
    "base_id": (pa.string(), "基地编号"),
    "base_name": (pa.string(), "基地名称"),
    "lead": (pa.string(), "牵头单位"),
    "lead_kind": (pa.string(), "牵头单位类型"),
    "level": (pa.string(), "级别"),
    "city": (pa.string(), "所在市"),
    "direction": (pa.int64(), "方向序号"),
    "stage": (pa.string(), "所处阶段"),
    "period": (pa.string(), "期间"),
    "state": (pa.string(), "状态"),
    "on_time": (pa.bool_(), "首次报送是否按时"),
    "version": (pa.int64(), "版本号（最近一次报送）"),
}


def _form(kind: ObligationKind) -> OutTable:
    means = f"{kind}（宽表）：每次报送一行，只有最近一次报送的版本"
    columns = _wide(REPORT_COLUMNS, FORMS[kind].questions)
    return OutTable(f"form_{OBLIGATION_SLUG[kind]}", means, columns, partial(Export.reports, kind=kind))


def _application_form() -> OutTable:
    means = f"{FORM_TITLE}（宽表）：每项申报一行"
    return OutTable("form_application", means, _wide(APPLICATION_COLUMNS, QUESTIONS), Export.applications)


def _wide(head: Sequence[Any], questions: Sequence[Question]) -> tuple[OutColumn, ...]:
    return (*(_known(column.name) for column in head), *map(_question, questions))


def _known(name: str) -> OutColumn:
    kind, means = _HEAD[name]
    return OutColumn(name, kind, _taken(name, _same), means)


def _question(question: Question) -> OutColumn:
    kind, read = _ANSWERS.get(question.kind, (pa.string(), _same))
    return OutColumn(
        question.key,
        kind,
        _taken(question.key, read),
        f"{question.group}：{question.label}",
        question.unit,
        "、".join(question.choices),
        question.clause.cite(),
    )


_ANSWERS: dict[AnswerKind, tuple[pa.DataType, Callable[[Any], Any]]] = {
    AnswerKind.MONEY: (_DECIMAL, Decimal),
    AnswerKind.AREA: (_DECIMAL, Decimal),
    AnswerKind.COUNT: (pa.int64(), int),
    AnswerKind.SCORE: (pa.decimal128(5, 2), Decimal),
    AnswerKind.DATE: (pa.date32(), date.fromisoformat),
}
"""The others are texts."""


# JSON


def _json(value: Any, *, whole: bool) -> str:
    kept = value if whole else structured(value)
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def structured(value: Any, key: str = "") -> Any:
    """A JSON value without what people wrote freely: null stands in its place."""
    match value:
        case dict():
            return {name: structured(one, name) for name, one in value.items()}
        case list():
            return [structured(one, key) for one in value]
        case str() if key not in STRUCTURED_KEYS and not _is_time(value):
            return None
    return value


def _is_time(text: str) -> bool:
    """A day or an instant."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "-" in text
