"""Taking a decision that was put together in a chat: by the same ways as over the API, and exactly once."""

from collections.abc import Callable
from datetime import date

from casework import assessing, corrections, supervision
from casework.assessing import WrittenProposal, WrittenPublication, WrittenResolution
from casework.submission import Casework
from casework.supervision import WrittenConclusion
from casework.worklist import UPHELD_WITH, numbered
from domain.assessment import Phase
from domain.assessment_decisions import AssessmentDecisionKind
from domain.calendar import business_day
from domain.decisions import (
    Accept,
    Certify,
    Decision,
    DecisionRequest,
    FailAcceptance,
    NotSelect,
    PassAcceptance,
    Propose,
    Reject,
    ResolveObjection,
    Resume,
    SignOff,
)
from domain.errors import NotAllowed, Refused, Stale
from domain.ids import assessment_id, supervision_id
from domain.lifecycle import DecisionKind, Step
from domain.obligation_decisions import (
    AcceptReport,
    ObligationDecision,
    ObligationRequest,
    RefuseReopen,
    Reopen,
    ResolveReport,
    ReturnReport,
)
from domain.pending import Subject, items_of, paper_of, reason_of
from domain.policy.people import DECIDING
from domain.supervision_decisions import Conclusion, SupervisionDecisionKind
from domain.worklist import OF_STEP, SIGNED, Act, ItemKind, Needs, Official, WorkItem
from persistence.objections import Objections
from persistence.obligations import Obligations
from persistence.office_tasks import OfficeTasks
from persistence.worklist import Worklist


def check_may_decide(official: Official) -> None:
    """Deciding in a chat is granted person by person. Raises NotAllowed."""
    if not official.may_decide:
        raise NotAllowed("deciding.not_granted", DECIDING, unit=official.unit)


def check_typed(subject: Subject, wanted: Needs, text: str, today: date) -> str:
    """What was typed for a decision, as it is repeated for a yes. Raises Refused."""
    match wanted:
        case Needs.ITEMS:
            known = numbered(subject.kind, subject.what)
            lines = [f"{no}. {_known(known, no)[1]}：{why}" for no, why in items_of(text).items()]
            return "\n".join(lines)
        case Needs.PAPER:
            paper = paper_of(text, today)
            return f"{paper.number}（{paper.on}）"
    return reason_of(text)


def _known(known: dict[int, tuple[str, str]], no: int) -> tuple[str, str]:
    if no not in known:
        raise Refused("deciding.no_such_item", DECIDING, no=no, most=max(known))
    return known[no]


async def take_if_the_same(
    work: Casework, official: Official, subject: Subject, act: Act, text: str, update_id: str
) -> None:
    """Take a decision unless what it is about is another question by now. Raises DomainError.

    What is off the list was decided: by somebody else, who is told of then, or by this very update. So it is where
    another step waits by now.
    """
    async with work.database.transaction() as tx:
        item = await Worklist(tx, official).get(subject.kind, subject.ref)
    if item and item.mark != subject.mark and not _is_over(item, subject, act):
        raise Stale("deciding.changed", DECIDING)
    await take(work, official, subject, act, text, update_id)


def _is_over(item: WorkItem, subject: Subject, act: Act) -> bool:
    """Whether the step that was asked about has ended: its decisions are refused at any other one, but to go on again."""
    has_steps = subject.kind in (ItemKind.BASE, ItemKind.ASSESSMENT) and act is not Act.RESUME
    return has_steps and item.what != subject.detail


async def take(
    work: Casework, official: Official, subject: Subject, act: Act, text: str, update_id: str
) -> None:
    """Take it. The same `update_id` changes nothing again. Raises DomainError."""
    check_may_decide(official)
    match subject.kind:
        case ItemKind.REPORT | ItemKind.CORRECTION | ItemKind.DISPUTE:
            await _about_report(work, official, subject, act, text, update_id)
        case ItemKind.SIGNATURE:
            signed = _signature(subject, act, text)
            await work.sign_off(subject.ref, signed, official.actor, update_id)
        case ItemKind.BASE:
            decision = _of_step(Step(subject.detail), act, text, business_day(work.clock.now()))
            await _about_base(work, official, subject.ref, decision, update_id)
        case ItemKind.OBJECTION:
            await _about_objection(work, official, subject, act, text, update_id)
        case ItemKind.SUPERVISION:
            await _conclude(work, official, subject, text, update_id)
        case ItemKind.ASSESSMENT:
            await _assess(work, official, subject, act, text, update_id)
        case ItemKind.TASK:
            await _close_task(work, official, int(subject.ref), reason_of(text))


async def _close_task(work: Casework, official: Official, number: int, remark: str) -> None:
    """Closed already by the same person with the same remark, it was this very update."""
    async with work.database.transaction() as tx:
        tasks = OfficeTasks(tx)
        row = await tasks.get(number)
        if (row.closed_by, row.remark) != (official.actor.id, remark):
            await tasks.close(number, official.actor.id, remark, work.clock.now())


async def _about_report(
    work: Casework, official: Official, subject: Subject, act: Act, text: str, update_id: str
) -> None:
    async with work.database.transaction() as tx:
        row = await Obligations(tx).by_no(int(subject.ref))
    request = ObligationRequest(decision=_report_decision(subject, act, text), by=official.actor)
    await corrections.decide(work, row.id, request, update_id)


def _report_decision(subject: Subject, act: Act, text: str) -> ObligationDecision:
    if subject.kind is ItemKind.DISPUTE:
        return ResolveReport(upheld=act is Act.UPHOLD, reason=reason_of(text))
    if subject.kind is ItemKind.CORRECTION:
        return Reopen() if act is Act.PASS else RefuseReopen(reason=reason_of(text))
    if act is Act.PASS:
        return AcceptReport()
    known = numbered(subject.kind, subject.what)
    return ReturnReport(items={_known(known, no)[0]: why for no, why in items_of(text).items()})


def _signature(subject: Subject, act: Act, text: str) -> SignOff:
    """What is returned has one reason for all, put together from those of the items."""
    result = SIGNED[act]
    if act is not Act.RETURN:
        return SignOff(duty=subject.detail, result=result, reason=reason_of(text) if text else "")
    known, items = numbered(subject.kind, subject.what), items_of(text)
    said = "；".join(f"{_known(known, no)[1]}：{why}" for no, why in items.items())
    keys = tuple(known[no][0] for no in items)
    return SignOff(duty=subject.detail, result=result, reason=reason_of(said), items=keys)


def _of_step(step: Step, act: Act, text: str, today: date) -> Decision:
    """The decision behind a button of a base's card."""
    kind = OF_STEP[step][act]
    if kind is DecisionKind.CERTIFY:
        paper = paper_of(text, today)
        return Certify(document_no=paper.number, on=paper.on)
    plain: dict[DecisionKind, Callable[[], Decision]] = {
        DecisionKind.ACCEPT: Accept,
        DecisionKind.PROPOSE: Propose,
        DecisionKind.PASS_ACCEPTANCE: PassAcceptance,
        DecisionKind.RESUME: Resume,
    }
    reasoned: dict[DecisionKind, Callable[[str], Decision]] = {
        DecisionKind.REJECT: lambda reason: Reject(reason=reason),
        DecisionKind.NOT_SELECT: lambda reason: NotSelect(reason=reason),
        DecisionKind.FAIL_ACCEPTANCE: lambda reason: FailAcceptance(reason=reason),
    }
    return plain[kind]() if kind in plain else reasoned[kind](reason_of(text))


async def _about_base(
    work: Casework, official: Official, base: str, decision: Decision, update_id: str
) -> None:
    await work.gateway.decide(base, DecisionRequest(decision=decision, by=official.actor), update_id)


async def _about_objection(
    work: Casework, official: Official, subject: Subject, act: Act, text: str, update_id: str
) -> None:
    number = int(subject.ref)
    async with work.database.transaction() as tx:
        base = (await Objections(tx).get(number)).base_id
    upheld = act is Act.UPHOLD
    decision = ResolveObjection(objection=number, upheld=upheld, reason=reason_of(text))
    await _about_base(work, official, base, decision, update_id)


async def _conclude(work: Casework, official: Official, subject: Subject, text: str, update_id: str) -> None:
    base, _, period = subject.ref.partition("/")
    written = WrittenConclusion(
        kind=SupervisionDecisionKind.CONCLUDE,
        conclusion=Conclusion(subject.detail),
        remark=reason_of(text) if text else "",
    )
    about = supervision_id(base, period)
    await supervision.decide(work.database, work.gateway, about, written, official.actor, update_id)


async def _assess(
    work: Casework, official: Official, subject: Subject, act: Act, text: str, update_id: str
) -> None:
    base, _, year = subject.ref.partition("/")
    written: WrittenProposal | WrittenResolution | WrittenPublication
    match Phase(subject.detail):
        case Phase.PROPOSAL:
            written = WrittenProposal.model_validate({"kind": AssessmentDecisionKind.PROPOSE})
        case Phase.PUBLICATION:
            paper = paper_of(text, business_day(work.clock.now()))
            kind = AssessmentDecisionKind.PUBLISH
            written = WrittenPublication(kind=kind, document_no=paper.number, on=paper.on)
        case _:
            grade = UPHELD_WITH.get(act)
            upheld = {"upheld": grade is not None, "grade": grade, "reason": reason_of(text)}
            written = WrittenResolution.model_validate({"kind": AssessmentDecisionKind.RESOLVE, **upheld})
    about = assessment_id(base, year)
    await assessing.decide(work.database, work.gateway, about, written, official.actor, update_id)
