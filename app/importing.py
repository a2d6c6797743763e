"""Taking in bases that exist already: an XLSX in, registered bases with running workflows out.

`read` refuses a whole file with every error it has; `take_in` registers all of it in one transaction or nothing,
and may be run again: what is registered stays as it is, and a workflow that is missing is started.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

from openpyxl.utils import get_column_letter
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.import_row import HEADINGS, Row, code_of
from app.import_sheet import SHEET, ImportRefused, Line, RowError, headings_of, lines_of, refused
from app.import_template import write_template
from domain.base import BaseFacts, BaseState, title_of
from domain.calendar import BusinessTime, start_of
from domain.decisions import Actor
from domain.ids import base_id
from domain.lifecycle import Stage, Step
from domain.policy.directions import DIRECTIONS_2021
from domain.terms import Role
from persistence.bases import Bases, NewBase, Rounds, Timeline
from persistence.database import Database
from persistence.people import People
from workflows.gateway import Gateway

__all__ = ["ImportRefused", "Row", "RowError", "Taken", "read", "take_in", "write_template"]

ROUND, ROUND_TITLE = "existing", "既有基地"
TAKEN_OVER = "纳入管理"
IMPORTER = Actor(role=Role.OFFICE, id="import")


class Taken(NamedTuple):
    """How many bases of a file were taken in, and how many were known before."""

    new: int
    known: int


def read(path: Path, today: date) -> list[Row]:
    """The bases of a file, blank rows left out. Raises ImportRefused with all errors; writes nothing."""
    lines = lines_of(path)
    heading_no, columns = headings_of(lines)
    lines = [(row_no, line) for row_no, line in lines if row_no > heading_no]
    if not lines:
        raise refused(f"「{SHEET}」表的表头下面没有一行数据；请每行填写一个基地")
    errors = [*_repeated(lines, columns[HEADINGS[0]])]
    rows: list[Row] = []
    for row_no, line in lines:
        errors += _outside(row_no, line, columns)
        try:
            cells = {heading: line.get(i) for heading, i in columns.items()}
            rows.append(Row.model_validate(cells, context={"today": today}))
        except ValidationError as e:
            errors += [RowError(row_no, str(d["loc"][0]), str(d["ctx"]["error"])) for d in e.errors()]
    if errors:
        raise ImportRefused(sorted(errors, key=lambda error: error.row_no))
    return rows


def _repeated(lines: Sequence[tuple[int, Line]], column: int) -> Iterator[RowError]:
    """Numbers that stand in the file more than once, also in rows that are refused for something else."""
    first_with: dict[str, int] = {}
    for row_no, line in lines:
        with suppress(ValueError):
            code = code_of(line.get(column))
            first = first_with.setdefault(code, row_no)
            if first != row_no:
                message = f"「{code}」与第 {first} 行重复；每个基地只填一行，编号各不相同"
                yield RowError(row_no, HEADINGS[0], message)


def _outside(row_no: int, line: Line, columns: Mapping[str, int]) -> Iterator[RowError]:
    for i in line.keys() - columns.values():
        column = get_column_letter(i + 1)
        yield RowError(row_no, column, "这一列没有表头，填写的内容不会导入；请清空，或移到有表头的列")


async def take_in(rows: Sequence[Row], database: Database, gateway: Gateway, clock: BusinessTime) -> Taken:
    """Register all new bases in one transaction, then start every workflow that is missing.

    A base whose number is known is left as it is registered, whatever its row says. Errors of the database leave
    nothing behind; errors of Temporal leave registered bases whose workflows start when this is run again.
    """
    async with database.transaction() as tx:
        await Rounds(tx).add_taken_over(ROUND, ROUND_TITLE)
        # In the order of directions two imports at a time wait for each other and do not lock each other out.
        taken = [await _register(tx, row, clock) for row in sorted(rows, key=lambda row: row.direction)]
    for _, state in taken:
        if state.facts.round == ROUND and not state.over:
            await gateway.start_base(state)
    new = sum(is_new for is_new, _ in taken)
    return Taken(new=new, known=len(taken) - new)


async def _register(tx: AsyncConnection, row: Row, clock: BusinessTime) -> tuple[bool, BaseState]:
    """Whether the base was new, and its state as registered."""
    # The number first: taking it waits until another import of the same base has ended.
    n = await Bases(tx).next_number(ROUND, row.direction)
    if await Bases(tx).id_of_code(row.code):
        return False, await Bases(tx).recorded_state(row.code)
    state = _state(row, n)
    await Bases(tx).add(NewBase(**row.model_dump(include=set(NewBase.model_fields))), state)
    detail = {"code": row.code, "pilot_start": str(row.pilot_start)}
    if row.certified_on:
        detail |= {"document_no": str(row.certificate_no), "certified_on": str(row.certified_on)}
    await Timeline(tx).append(
        state.facts.base_id, "taken-over", clock.now(), TAKEN_OVER, IMPORTER, detail, state
    )
    if row.contact_name:
        await _attach(People(tx), row.contact_name, row.contact_phone, state.facts.base_id)
    return True, state


async def _attach(people: People, name: str, phone: str | None, base: str) -> None:
    """The same name and telephone is the same person, who answers for several bases in one chat."""
    contact = await people.id_of(name, phone) if phone else None
    await people.attach(contact or await people.add(name, phone), base)


def _state(row: Row, n: int) -> BaseState:
    certified = row.stage is Stage.CERTIFIED
    facts = BaseFacts(
        base_id=base_id(ROUND, row.direction, n),
        round=ROUND,
        direction=row.direction,
        direction_name=next(d.short for d in DIRECTIONS_2021 if d.no == row.direction),
        level=row.level,
        city=row.city,
        lead_kind=row.lead_kind,
        deadline=None,
    )
    return BaseState(
        facts=facts,
        step=Step.RUNNING if certified else Step.PILOT,
        since=start_of(row.certified_on or row.pilot_start),
        published_on=row.pilot_start,
        certificate_no=row.certificate_no,
        certified_on=row.certified_on,
        title=title_of(row.level) if certified else None,
    )
