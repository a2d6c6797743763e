"""What an applicant does about its application in chat: registering it, filling it in, seeing what is missing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from casework.registration import NewApplication, register
from casework.submission import Casework
from domain.base import LEAD_WAITED_FOR
from domain.calendar import SHANGHAI, business_day, last_day_before
from domain.decisions import Actor, lead_actor
from domain.errors import Refusal, Refused, Stale
from domain.forms.application_dialogue import (
    ApplicationView,
    Asking,
    Filling,
    Turn,
    Waiting,
    asking,
    opened,
    take,
    view,
)
from domain.forms.intent import Intent, direction_no
from domain.forms.said import Said
from domain.lifecycle import Step
from domain.policy.eligibility import check_submission
from domain.policy.formal_review import FORMAL_REVIEW, FormalReview
from domain.policy.materials import MaterialItem, required
from domain.policy.rounds import SUBMISSION, SUBMISSION_DEADLINE, CallOfRound
from domain.terms import LeadKind
from persistence.applications import ApplicationRow, Applications
from persistence.bases import BaseRow, Bases
from persistence.people import digest
from persistence.rounds import RoundRow, Rounds

_CODE_DIGITS = 20  # enough to tell registrations apart, and nobody's id in the chat

Returned = Mapping[str, datetime]
"""When each item was returned, by key."""


class Paper(NamedTuple):
    """One document that is asked for: whether it is there, and whether it was returned and not handed in since."""

    item: MaterialItem
    present: bool
    returned: bool = False

    @property
    def missing(self) -> bool:
        """Whether it is to be handed in."""
        return self.returned or not self.present


def with_applicant(row: BaseRow) -> bool:
    """Whether a round waits for the applicant: for its papers, or for what was returned of them."""
    return row.in_round and (row.step == Step.PREPARING or was_returned(row))


def was_returned(row: BaseRow) -> bool:
    """Whether papers were returned and not handed in again (补正)."""
    waited_for = LEAD_WAITED_FOR in row.waiting_for.split("、")
    return row.in_round and row.step == Step.FORMAL_REVIEW and waited_for


def last_day_of_return(row: BaseRow) -> date | None:
    """Until when what was returned is to be put right; None if nothing was returned."""
    return last_day_before(row.next_due) if was_returned(row) and row.next_due else None


async def open_rounds(work: Casework) -> list[RoundRow]:
    """The rounds that can be applied in now."""
    now = work.clock.now()
    async with work.database.transaction() as tx:
        rounds = Rounds(tx)
        rows = [await rounds.get(slug) for slug in await rounds.slugs()]
    return [row for row in rows if row.deadline and now < row.deadline]


async def register_intent(work: Casework, intent: Intent, terms: CallOfRound, contact: int) -> str:
    """The id of the base that an intent becomes; the same one if it is registered again. Raises DomainError."""
    given = intent.given
    new = NewApplication.model_validate(
        {
            **given,
            "code": f"申报-{digest(intent.key)[:_CODE_DIGITS]}",
            "round": intent.round,
            "direction": direction_no(terms, given["direction"]),
            "contact_id": contact,
        }
    )
    return await register(work.database, work.gateway, work.clock, new, lead_actor(contact))


async def returned_of(work: Casework, row: BaseRow) -> Returned | None:
    """What is to be put right; None while the application is being prepared. Raises DomainError if it is closed."""
    now = work.clock.now()
    if row.step == Step.PREPARING:
        if row.next_due and now >= row.next_due:
            last = f"{row.next_due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            raise Refused("application.too_late", SUBMISSION_DEADLINE, last=last)
        return None
    review = (await work.gateway.base(row.id)).state.review if row.step == Step.FORMAL_REVIEW else None
    if review is None or not review.returned:
        raise Stale("application.closed", SUBMISSION, step=row.step)
    return _times(review)


def _times(review: FormalReview) -> Returned:
    return {item: signed.at for signed in review.returned.values() for item in signed.items}


async def say(work: Casework, row: BaseRow, said: Said, by: Actor, update_id: str) -> ApplicationView:
    """One step of the dialogue, in one transaction; an update that was dealt with changes nothing. Raises DomainError."""
    returned = await returned_of(work, row)
    async with work.database.transaction() as tx:
        known = await Applications(tx).get(row.id, lock=True)
        await _check_unmoved(Bases(tx), row, work.clock.now())
        turn = Turn(known.values, opened(known.values, known.draft, returned))
        if update_id not in known.handled:
            turn = _taken(row, turn, said)
            await _save(Applications(tx), known, turn, by, work.clock.now(), update_id)
    return view(_asking(row, turn), turn.draft, turn.notes)


async def _check_unmoved(bases: Bases, row: BaseRow, now: datetime) -> None:
    """It may have been handed in since `row` was read."""
    step = (await bases.get(row.id, now)).step
    if step != row.step:
        raise Stale("application.closed", SUBMISSION, step=step)


def _taken(row: BaseRow, turn: Turn, said: Said) -> Turn:
    if not _asking(row, turn).questions:  # only documents were returned
        return turn
    return take(LeadKind(row.lead_kind), row.direction, turn.values, turn.draft, said)


def _asking(row: BaseRow, turn: Turn) -> Asking:
    return asking(LeadKind(row.lead_kind), row.direction, turn.values, turn.draft)


async def _save(
    rows: Applications, known: ApplicationRow, turn: Turn, by: Actor, now: datetime, update_id: str
) -> None:
    left_out = {"values"} if turn.draft.returned is None else set()
    draft = turn.draft.model_dump(mode="json", exclude=left_out)
    before = Filling.model_validate(known.draft).values if turn.draft.returned is not None else known.values
    after = turn.draft.values if turn.draft.returned is not None else turn.values
    answered = [key for key, value in after.items() if before.get(key) != value]
    await rows.save(known, by, now, values=turn.values, answered=answered, draft=draft, update_id=update_id)


async def gaps(work: Casework, row: BaseRow) -> Refusal | None:
    """Everything that stands in the way of handing in, or of 补正报送, each with its clause; None if nothing does.

    Raises NotFound.
    """
    problem = await _unready(work, row.id)
    if not was_returned(row):
        return problem
    items = await work.untouched(row.id)
    items += (problem.items or [problem]) if problem else []
    if not items:
        return None
    last = last_day_of_return(row)
    return Refused.of_all("supplement.gaps", FORMAL_REVIEW, items, count=len(items), last=last).refusal


async def _unready(work: Casework, base_id: str) -> Refusal | None:
    try:
        check_submission(await work.dossier(base_id), business_day(work.clock.now()))
    except Refused as e:
        return e.refusal
    return None


async def papers(work: Casework, row: BaseRow) -> list[Paper]:
    """The documents that this applicant has to hand in."""
    dossier = await work.dossier(row.id)
    wanted = required(dossier.lead_kind, dossier.application)
    untouched = await work.untouched(row.id) if was_returned(row) else []
    again = {one.params["item"] for one in untouched}
    return [Paper(item, item.key in dossier.materials, item.label in again) for item in wanted]


async def completing(work: Casework, row: BaseRow) -> bool:
    """Whether handing in now is 补正报送; also for a redelivery of it."""
    async with work.database.transaction() as tx:
        draft = Filling.model_validate((await Applications(tx).get(row.id)).draft)
    return draft.returned is not None or was_returned(row)


async def remember_file(work: Casework, row: BaseRow, file: Waiting, by: Actor) -> int | None:
    """The number of a file whose kind is asked for, until it is known; None if it was dealt with already."""
    async with work.database.transaction() as tx:
        known = await Applications(tx).get(row.id, lock=True)
        draft = Filling.model_validate(known.draft)
        if file.sent_as not in known.handled:
            draft = draft.with_file(file)
            await _save_files(Applications(tx), known, draft, by, work.clock.now(), file.sent_as)
    return draft.number_of(file.sent_as)


async def waiting_file(work: Casework, row: BaseRow, number: int) -> Waiting | None:
    """The file whose kind was asked for under this number."""
    async with work.database.transaction() as tx:
        return Filling.model_validate((await Applications(tx).get(row.id)).draft).files.get(number)


async def forget_file(work: Casework, row: BaseRow, number: int, by: Actor) -> None:
    """A file has found its place."""
    async with work.database.transaction() as tx:
        known = await Applications(tx).get(row.id, lock=True)
        draft = Filling.model_validate(known.draft).without_file(number)
        await _save_files(Applications(tx), known, draft, by, work.clock.now())


async def _save_files(
    rows: Applications,
    known: ApplicationRow,
    filling: Filling,
    by: Actor,
    now: datetime,
    update_id: str | None = None,
) -> None:
    draft = {**known.draft, **filling.model_dump(mode="json", include={"files", "numbered"})}
    await rows.save(known, by, now, values=known.values, draft=draft, update_id=update_id)
