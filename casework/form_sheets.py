"""Filling a form in as a sheet: the template that goes out, and what came back as answers. See `form_sheet`."""

import asyncio

from casework import form_sheet, form_sheet_reading
from casework.form_sheet import Owed
from casework.form_sheet_reading import SHEETS, Filled
from casework.submission import Casework
from domain.decisions import lead_actor
from domain.errors import Refused
from domain.forms.questions import FormContext
from domain.forms.registry import FORMS, Form
from domain.forms.said import Given, Said
from domain.policy.obligations import check_open
from persistence.obligations import ObligationRow, Obligations
from workflows.messages import Answer


async def template(work: Casework, row: ObligationRow) -> bytes:
    """The sheet of what is owed, with what is answered already. Raises DomainError if nothing can be answered now."""
    found = await work.gateway.obligation(row.id)
    check_open(found.schedule, found.state, work.clock.now())
    context = found.context or FormContext()
    form = FORMS[row.kind].asked(context)
    return await asyncio.to_thread(form_sheet.xlsx, owed(row), form, context, found.draft.values)


def owed(row: ObligationRow) -> Owed:
    """What a sheet is for."""
    return Owed(row.no, row.base_name, row.kind, row.period)


async def read(work: Casework, content: bytes) -> Filled:
    """What a file holds that came back. Raises Refused."""
    return await asyncio.to_thread(form_sheet_reading.read, content, work.clock.now())


async def answers(work: Casework, filled: Filled, row: ObligationRow, contact: int) -> tuple[Given, ...]:
    """The cells that hold anything, as answers to this obligation. Raises Refused for the sheet of another one."""
    await _check_whose(work, filled, row, contact)
    return form_sheet_reading.answers_of(filled, row.kind, await form_of(work, row))


async def form_of(work: Casework, row: ObligationRow) -> Form:
    """What is asked for. Raises NotFound."""
    context = (await work.gateway.obligation(row.id)).context
    return FORMS[row.kind].asked(context or FormContext())


async def meant(work: Casework, filled: Filled, contact: int) -> ObligationRow:
    """The obligation that a sheet is for. Raises Refused if that is not this contact's."""
    async with work.database.transaction() as tx:
        row = await Obligations(tx).of_contact_by_no(filled.mark.no, contact)
    if row is None or row.period != filled.mark.period:
        raise Refused("sheet.not_yours", SHEETS)
    return row


async def _check_whose(work: Casework, filled: Filled, row: ObligationRow, contact: int) -> None:
    if (filled.mark.no, filled.mark.period) == (row.no, row.period):
        return
    other = await meant(work, filled, contact)
    wanted = f"{row.base_name} {row.kind} {row.period}"
    raise Refused(
        "sheet.other", SHEETS, period=other.period, kind=other.kind, base=other.base_name, wanted=wanted
    )


def answer(given: tuple[Given, ...], contact: int) -> Answer:
    """All cells as one thing said."""
    return Answer(said=Said(batch=given), by=lead_actor(contact))
