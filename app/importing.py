"""Taking in bases that exist already: an XLSX in, registered bases with running workflows out.

`read` refuses a whole file with every error it has; `take_in` registers all of it in one transaction or nothing,
and may be run again: what is registered stays as it is, and a workflow that is missing is started.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from app.import_row import HEADINGS, LAYOUT, Row, code_of
from app.import_template import write_template
from casework.sheet import (
    ImportRefused,
    Numbered,
    RowError,
    Taken,
    check,
    content_of,
    data_of,
    is_xlsx,
    parsed,
    refused,
    xlsx_lines,
)
from domain.base import BaseFacts, BaseState, title_of
from domain.calendar import BusinessTime, start_of
from domain.decisions import Actor
from domain.ids import base_id
from domain.lifecycle import Stage, Step
from domain.policy.directions import DIRECTIONS_2021
from domain.terms import ContactRole, Role
from persistence.bases import Bases, NewBase, Timeline
from persistence.database import Database
from persistence.people import People
from persistence.rounds import Rounds
from workflows.gateway import Gateway

__all__ = ["ImportRefused", "Row", "RowError", "Taken", "read", "take_in", "write_template"]

ROUND, ROUND_TITLE = "existing", "既有基地"
TAKEN_OVER = "纳入管理"
IMPORTER = Actor(role=Role.OFFICE, id="import")


def read(path: Path, today: date) -> list[Row]:
    """The bases of a file, blank rows left out. Raises ImportRefused with all errors; writes nothing."""
    content = content_of(path)
    if not is_xlsx(content):
        raise refused(
            f"{path.name} 的内容不是 XLSX（旧版 .xls、CSV 或加密的文件都不行）；{LAYOUT.where}，另存为不加密的 .xlsx"
        )
    lines, columns = data_of(xlsx_lines(content, path.name, LAYOUT), LAYOUT)
    rows, errors = parsed(lines, columns, Row, {"today": today})
    check([*_repeated(lines, columns[HEADINGS[0]]), *errors])
    return [row for _, row in rows]


def _repeated(lines: Sequence[Numbered], column: int) -> Iterator[RowError]:
    """Numbers that stand in the file more than once, also in rows that are refused for something else."""
    first_with: dict[str, int] = {}
    for row_no, line in lines:
        with suppress(ValueError):
            code = code_of(line.get(column))
            first = first_with.setdefault(code, row_no)
            if first != row_no:
                message = f"「{code}」与第 {first} 行重复；每个基地只填一行，编号各不相同"
                yield RowError(row_no, HEADINGS[0], message)


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
    for role, name, phone in row.people():
        await _attach(People(tx), name, phone, state.facts.base_id, role)
    return True, state


async def _attach(people: People, name: str, phone: str | None, base: str, role: ContactRole) -> None:
    """The same name and telephone is the same person, who answers for several bases in one chat."""
    contact = await people.id_of(name, phone) if phone else None
    await people.attach(contact or await people.add(name, phone), base, role)


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
