"""发榜: writing a call down and starting its round."""

from collections import Counter

from domain.calendar import BusinessTime, shown_end
from domain.decisions import Actor
from domain.errors import NotAllowed, Refusal, Refused
from domain.policy.authority import DIVISION_OF_WORK
from domain.policy.directions import DIRECTIONS
from domain.policy.notice import MINIMUM_WORKING_DAYS
from domain.policy.quotas import PER_DIRECTION, QUOTAS
from domain.policy.rounds import SUBMISSION_DEADLINE, CallOfRound
from domain.policy.rubric import RUBRIC
from domain.policy.source import call, on
from domain.terms import Role
from persistence.database import Database
from persistence.rounds import Rounds
from workflows.gateway import Gateway

_LISTED = call("附件1")
_ALL_WEIGHT = 100


async def call_round(
    database: Database, gateway: Gateway, clock: BusinessTime, terms: CallOfRound, by: Actor
) -> None:
    """Write a call down and start its workflow; the same call again starts it if that is missing.

    Raises NotAllowed, and Refused for terms that the documents do not allow.
    """
    if by.role is not Role.OFFICE:
        raise NotAllowed("round.not_yours", DIVISION_OF_WORK, decision="发榜")
    async with database.transaction() as tx:
        rounds = Rounds(tx)
        known = terms.slug in await rounds.slugs()
        if not known:
            if await rounds.exists(terms.slug):
                raise Refused("round.known", DIVISION_OF_WORK, id=terms.slug)
            _check(terms, clock)
            await rounds.add(terms, run=True)
        in_force = (await rounds.get(terms.slug)).terms
    await gateway.start_round(in_force or terms)


def _check(terms: CallOfRound, clock: BusinessTime) -> None:
    """Refuse with everything that is wrong with a call."""
    wrong = [*_deadline(terms, clock), *_directions(terms), *_quotas(terms), *_rubrics(terms)]
    if wrong:
        raise Refused.of_all("round.bad_terms", call("二"), wrong, count=len(wrong))


def _deadline(terms: CallOfRound, clock: BusinessTime) -> list[Refusal]:
    if terms.deadline > clock.now():
        return []
    last = shown_end(terms.deadline)
    return [Refused("round.deadline_passed", SUBMISSION_DEADLINE, last=last).refusal]


def _directions(terms: CallOfRound) -> list[Refusal]:
    known = {d.no for d in on(DIRECTIONS, terms.announced_on).value}
    return [
        Refused("round.no_direction", _LISTED, direction=no, known=f"1 至 {len(known)}").refusal
        for no in sorted({*terms.open_directions, *(n for row in terms.layout.values() for n in row)} - known)
    ]


def _quotas(terms: CallOfRound) -> list[Refusal]:
    """The documents' limits can be tightened, not widened."""
    found = []
    most = on(QUOTAS, terms.announced_on).value.per_direction
    if terms.quotas.per_direction > most:
        found.append(Refused("round.too_many_per_direction", PER_DIRECTION, most=most).refusal)
    least = on(MINIMUM_WORKING_DAYS, terms.announced_on)
    if terms.notice_days < least.value:
        found.append(Refused("round.notice_too_short", least.clause, minimum=least.value).refusal)
    return found


def _rubrics(terms: CallOfRound) -> list[Refusal]:
    return [
        Refused("round.bad_rubric", RUBRIC, kind=kind, weights=sum(item.weight for item in rubric)).refusal
        for kind, rubric in terms.rubrics.items()
        if sum(item.weight for item in rubric) != _ALL_WEIGHT
        or max(Counter(item.key for item in rubric).values()) > 1
    ]
