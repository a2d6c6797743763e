"""What somebody of an office or a member unit has to know to decide about one thing, from the records and live."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from casework.form_links import Link
from casework.item_files import link_behind
from casework.submission import Casework
from domain.assessment import Phase
from domain.calendar import Period
from domain.errors import NotFound
from domain.forms.questions import Doubt, FormContext
from domain.forms.registry import FORMS
from domain.ids import assessment_id, supervision_id
from domain.lifecycle import Step
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.policy.duties import Duty
from domain.policy.effectiveness import Grade
from domain.policy.eligibility import current
from domain.policy.materials import MATERIALS, MaterialItem, required
from domain.policy.progress import Progress, months_into_pilot
from domain.supervision import SupervisionState, possible_conclusion
from domain.supervision_decisions import Conclusion
from domain.terms import ObligationKind
from domain.worklist import OF_STEP, Act, ItemKind, Official, Page, WorkItem
from persistence.applications import Applications
from persistence.assessments import AssessmentRow, Assessments
from persistence.bases import BaseRow, Bases
from persistence.materials import MaterialRow, Materials
from persistence.objections import Objections
from persistence.obligations import ObligationRow, Obligations
from persistence.office_tasks import OfficeTaskRow, OfficeTasks
from persistence.supervision import FindingRow, Rectifications, SupervisionRow, Supervisions
from persistence.worklist import Worklist

UPHELD_WITH = {Act.TO_EXCELLENT: Grade.EXCELLENT, Act.TO_GOOD: Grade.GOOD, Act.TO_FAIR: Grade.FAIR}


class Reported(NamedTuple):
    """A report with all that its figures are compared with."""

    row: ObligationRow
    lead_kind: str
    values: dict[str, str]
    last: dict[str, str]  # the period before
    before: dict[str, str]  # the version before; empty for the first
    doubts: tuple[Doubt, ...]
    progress: Progress | None
    ordered: str | None = None  # what is to be put right


class Signing(NamedTuple):
    """The next duty of a member unit in a formal review."""

    duty: Duty
    party: str  # whom it is about; empty: the whole
    left: int  # duties of this unit, with this one
    papers: tuple[MaterialItem, ...]  # in the order in which they are numbered
    there: dict[str, MaterialRow]


class Supervised(NamedTuple):
    """The supervision of a quarter."""

    row: SupervisionRow
    findings: tuple[FindingRow, ...]
    conclusion: Conclusion | None  # that it can come to now
    visit_missing: bool


class Card(NamedTuple):
    """One thing that waits, with what is needed to decide."""

    item: WorkItem
    acts: tuple[Act, ...]  # what can be decided in a chat
    base: BaseRow | None = None
    reason: str = ""  # of whoever asks for something
    report: Reported | None = None
    signing: Signing | None = None
    supervised: Supervised | None = None
    assessed: AssessmentRow | None = None
    task: OfficeTaskRow | None = None
    files: Link | None = None  # to what was handed in for it

    @property
    def detail(self) -> str:
        """What a button of this card means besides: it must not change under it."""
        if self.signing:
            return self.signing.duty.id
        if self.supervised:
            return self.supervised.conclusion or ""
        return self.item.what


async def page(work: Casework, official: Official, number: int) -> Page:
    """What waits for an official."""
    async with work.database.transaction() as tx:
        return await Worklist(tx, official).page(number)


async def card(work: Casework, official: Official, kind: ItemKind, ref: str) -> Card | None:
    """The card of one thing; None if it does not wait for this official, or not any more."""
    async with work.database.transaction() as tx:
        item = await Worklist(tx, official).get(kind, ref)
    return await card_of(work, official, item) if item else None


async def next_card(work: Casework, official: Official, but: tuple[ItemKind, str] | None) -> Card | None:
    """The card of what has waited longest; None if nothing waits."""
    async with work.database.transaction() as tx:
        item = await Worklist(tx, official).next(but=but)
    return await card_of(work, official, item) if item else None


async def card_of(work: Casework, official: Official, item: WorkItem) -> Card | None:
    """What is needed to decide about an item."""
    found = await _card_of(work, official, item)
    return found._replace(files=await link_behind(work, official, item)) if found else None


async def _card_of(work: Casework, official: Official, item: WorkItem) -> Card | None:
    if item.kind is ItemKind.ROUND:
        return Card(item, ())
    async with work.database.transaction() as tx:
        if item.kind is ItemKind.TASK:
            return Card(item, (Act.PASS,), task=await OfficeTasks(tx).get(int(item.ref)))
        base = await Bases(tx).get(item.base_id or "", work.clock.now())
    match item.kind:
        case ItemKind.REPORT | ItemKind.CORRECTION | ItemKind.DISPUTE:
            return await _of_report(work, item, base)
        case ItemKind.SIGNATURE:
            return await _of_signature(work, official, item, base)
        case ItemKind.OBJECTION:
            async with work.database.transaction() as tx:
                said = (await Objections(tx).get(int(item.ref))).reason
            return Card(item, (Act.UPHOLD, Act.DISMISS), base, said)
        case ItemKind.SUPERVISION:
            return await _of_supervision(work, item, base)
        case ItemKind.ASSESSMENT:
            return await _of_assessment(work, item, base)
    return Card(item, tuple(OF_STEP.get(Step(item.what), {})), base)


# Reports

_ACTS = {
    ItemKind.REPORT: (Act.PASS, Act.RETURN),
    ItemKind.CORRECTION: (Act.PASS, Act.FAIL),
    ItemKind.DISPUTE: (Act.UPHOLD, Act.DISMISS),
}
_ASKED = {ItemKind.CORRECTION: D.ASK_REOPEN, ItemKind.DISPUTE: D.OBJECT}


async def _of_report(work: Casework, item: WorkItem, base: BaseRow) -> Card:
    async with work.database.transaction() as tx:
        report = await reported(tx, await Obligations(tx).by_no(int(item.ref)), base)
        decisions = await Obligations(tx).decisions(report.row.id)
    asked = _ASKED.get(item.kind)
    said = next((str(d.detail.get("reason", "")) for d in reversed(decisions) if d.kind == asked), "")
    return Card(item, _ACTS[item.kind], base, said, report=report)


async def reported(tx: AsyncConnection, row: ObligationRow, base: BaseRow) -> Reported:
    """The newest version of a report, its doubts and how far the base is, as whoever filled it in was told."""
    rows = Obligations(tx)
    values = await rows.values(row.id) if row.version else {}
    before = await rows.values(row.id, row.version - 1) if row.version > 1 else {}
    last = await rows.last_values(base.id, row.kind, row.period) if values else {}
    if row.kind is ObligationKind.DISPATCH and not last and base.opening_total is not None:
        last = {"invest_total": f"{base.opening_total:.2f}"}
    context = FormContext(last=last, planned_total=base.planned_total, pilot_months=_months(row, base))
    form = FORMS[row.kind]
    doubts = tuple(doubt for key in values for doubt in form.doubts(key, values, context))
    ordered = None
    if row.kind is ObligationKind.RECTIFICATION:
        ordered = await Rectifications(tx).requirement(row.id)
    done = form.computed(values, context)
    return Reported(row, base.lead_kind, values, last, before, doubts, done, ordered)


def _months(row: ObligationRow, base: BaseRow) -> int:
    if base.pilot_start is None or row.kind is ObligationKind.RECTIFICATION:  # an order has no period
        return 0
    return months_into_pilot(base.pilot_start, Period.parse(row.period).last_day)


# What else waits


async def _of_signature(work: Casework, official: Official, item: WorkItem, base: BaseRow) -> Card | None:
    """None if the unit has signed everything meanwhile, and the list does not know yet."""
    review = (await work.gateway.base(base.id)).state.review
    mine = [duty for duty in review.pending if duty.department == official.unit] if review else []
    if not mine:
        return None
    async with work.database.transaction() as tx:
        dossier = await Applications(tx).dossier(base)
        there = {paper.item: paper for paper in await Materials(tx).of(base.id)}
    application = current(dossier)
    number = mine[0].party
    party = application.parties[number].name if number is not None else ""
    papers = required(dossier.lead_kind, application)
    signing = Signing(mine[0], party, len(mine), papers, there)
    return Card(item, (Act.PASS, Act.RETURN, Act.FAIL), base, signing=signing)


async def _of_supervision(work: Casework, item: WorkItem, base: BaseRow) -> Card:
    found = supervision_id(base.id, item.period)
    async with work.database.transaction() as tx:
        row = await Supervisions(tx).get(found)
        findings = tuple(await Supervisions(tx).findings(found))
    state = await _live(work, found)
    conclusion = possible_conclusion(state) if state else None
    missing = state is not None and state.visit_missing
    act = Act.FAIL if conclusion is Conclusion.NOT_RECTIFIED else Act.CONCLUDE
    acts = (act,) if conclusion and not missing else ()
    return Card(item, acts, base, supervised=Supervised(row, findings, conclusion, missing))


async def _live(work: Casework, supervision: str) -> SupervisionState | None:
    """None when Temporal has forgotten it: then nothing can be decided here."""
    try:
        return (await work.gateway.supervision(supervision)).state
    except NotFound:
        return None


async def _of_assessment(work: Casework, item: WorkItem, base: BaseRow) -> Card:
    async with work.database.transaction() as tx:
        row = await Assessments(tx).get(assessment_id(base.id, item.period))
        texts = await Assessments(tx).texts(row.id)
    acts: tuple[Act, ...] = ()
    match row.phase:
        case Phase.PROPOSAL:
            acts = (Act.PASS,)
        case Phase.REVIEW:
            acts = (*_better_than(row.grade), Act.DISMISS)
        case Phase.PUBLICATION:
            acts = (Act.PAPER,)
    return Card(item, acts, base, texts.get(row.appeal or "", ""), assessed=row)


def _better_than(grade: Grade | None) -> tuple[Act, ...]:
    """Whoever appeals may only come to stand better."""
    order = list(Grade)
    return tuple(a for a, to in UPHELD_WITH.items() if grade and order.index(to) < order.index(grade))


def numbered(kind: ItemKind, what: str) -> dict[int, tuple[str, str]]:
    """What can be returned: key and label by the number under which it is shown."""
    if kind is ItemKind.SIGNATURE:
        return {n: (item.key, item.label) for n, item in enumerate(MATERIALS, 1)}
    return {q.no: (q.key, q.label) for q in FORMS[ObligationKind(what)].questions}
