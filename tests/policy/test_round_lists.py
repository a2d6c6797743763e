"""The list of a round, pure: what the conference and the cities change, and what the applications are told."""

from decimal import Decimal

import pytest

from domain.calendar import DAY, CalendarDays
from domain.checks import check as check_base
from domain.decisions import Actor, DecisionRequest, NotSelect, Offer, Propose, StartNotice, Supplement
from domain.errors import Refused
from domain.lifecycle import Step
from domain.policy.duties import Duty
from domain.policy.formal_review import FormalReview, Signed, SignOffResult
from domain.policy.rounds import ROUND_2021
from domain.rounds.changes import commands, decided, extensions
from domain.rounds.checks import check
from domain.rounds.decisions import ChangeList, ConfirmList, ProposeList, RoundDecision, RoundRequest
from domain.rounds.state import Entry, Phase, RoundState, Standing
from domain.terms import City, LeadKind, Level, Role
from tests.support import LEAD, OFFICE, at, state_of

NOW = at("2022-02-01 10:00")
TAIYUAN = Actor(role=Role.CITY, id="token:ty", city=City.TAIYUAN)


def standing(base_id: str, level: Level = Level.PROVINCE, direction: int = 3, hub: bool = False) -> Standing:
    return Standing(
        base_id=base_id,
        seq=5,
        step=Step.CONFERENCE,
        since=NOW,
        level=level,
        city=City.TAIYUAN,
        direction=direction,
        lead_kind=LeadKind.SCHOOL,
        hub=hub,
    )


def entry(rank: int, selected: bool | None, level: Level = Level.PROVINCE) -> Entry:
    return Entry(level=level, score=Decimal(100 - rank), rank=rank, selected=selected)


def at_conference(
    *known: tuple[Standing, Entry], layout: dict[City, tuple[int, ...]] | None = None
) -> RoundState:
    return RoundState(
        terms=ROUND_2021.model_copy(update={"layout": layout or {}}),
        phase=Phase.CONFERENCE,
        since=NOW,
        deadline=ROUND_2021.deadline,
        calendar=CalendarDays(),
        applications={s.base_id: s for s, _ in known},
        entries={s.base_id: e for s, e in known},
        scored=True,
    )


def after(state: RoundState, *decisions: RoundDecision, by: Actor = OFFICE) -> RoundState:
    for decision in decisions:
        check(state, RoundRequest(decision=decision, by=by), NOW)
        state = decided(state, decision)
    return state


def told(state: RoundState, decision: ConfirmList) -> dict[str, object]:
    return {c.base_id: c.decision for c in commands(after(state, decision), decision, NOW)}


@pytest.mark.rule("B2")
def test_who_loses_a_tie_is_offered_another_level_like_whoever_is_behind() -> None:
    state = at_conference(
        (standing("a"), entry(1, True)),
        (standing("b"), entry(2, None)),
        (standing("c"), entry(2, None)),
        (standing("d"), entry(4, False)),
    )
    settled = after(
        state,
        ChangeList(base="b", selected=True, reason="示例：布局需要"),
        ChangeList(base="c", selected=False, reason="示例：布局需要"),
    )
    kinds = {base_id: type(decision) for base_id, decision in told(settled, ConfirmList()).items()}
    assert kinds == {"a": Propose, "b": Propose, "c": Offer, "d": Offer}


@pytest.mark.rule("B12")
def test_who_is_passed_over_by_its_city_is_told_the_citys_reason() -> None:
    state = at_conference(
        (standing("better", Level.CITY), entry(1, None, Level.CITY)),
        (standing("worse", Level.CITY), entry(2, None, Level.CITY)),
    )
    proposal = ProposeList(level=Level.CITY, city=City.TAIYUAN, selected=("worse",), reason="示例：已有同类")
    found = told(after(state, proposal, by=TAIYUAN), ConfirmList())
    assert found == {"worse": Propose(), "better": NotSelect(reason="示例：已有同类", rank=1)}


@pytest.mark.rule("B12", "B14")
def test_a_city_does_not_change_what_the_conference_has_changed() -> None:
    state = at_conference((standing("a", Level.CITY), entry(1, None, Level.CITY)))
    proposal = ProposeList(level=Level.CITY, city=City.TAIYUAN, selected=("a",))
    state = after(state, proposal, ChangeList(base="a", selected=False, reason="示例：场地争议"), proposal)
    assert (state.entries["a"].selected, state.entries["a"].reason) == (False, "示例：场地争议")


def test_with_the_offices_reason_the_list_of_a_silent_city_is_empty_for_that_reason() -> None:
    state = at_conference((standing("a", Level.CITY), entry(1, None, Level.CITY)))
    assert told(state, ConfirmList(reason="示例：该市未报")) == {
        "a": NotSelect(reason="示例：该市未报", rank=1)
    }


@pytest.mark.rule("B12")
def test_the_conference_too_stays_within_the_layout_of_county_bases() -> None:
    state = at_conference(
        (standing("a", Level.COUNTY, 4), entry(1, None, Level.COUNTY)), layout={City.TAIYUAN: (3,)}
    )
    with pytest.raises(Refused, match=r"layout\.not_laid_out"):
        after(state, ChangeList(base="a", selected=True, reason="示例"))


@pytest.mark.rule("A1")
def test_a_list_has_one_hub_for_each_direction() -> None:
    state = at_conference(
        (standing("a", hub=True), entry(1, True)),
        (standing("b", hub=True), entry(2, True)),
        (standing("c", direction=4, hub=True), entry(1, True)),
    )
    with pytest.raises(Refused, match=r"round\.two_hubs.*《推进措施》一") as caught:
        after(state, ConfirmList())
    assert caught.value.refusal.params["bases"] == "a、b"


def test_an_application_that_missed_an_extension_is_told_of_it() -> None:
    state = at_conference().model_copy(update={"deadline": at("2022-02-10 00:00")})
    late = standing("a").model_copy(update={"step": Step.PREPARING, "deadline": ROUND_2021.deadline})
    (command,) = extensions(state, late)
    assert (command.base_id, command.decision.kind) == ("a", "延期")
    assert extensions(state, late.model_copy(update={"deadline": state.deadline})) == ()
    assert extensions(state, standing("b")) == ()


def test_an_application_whose_workflow_is_gone_is_waited_for_no_more() -> None:
    state = at_conference((standing("a"), entry(1, True)))
    assert state.gone("a").at(Step.CONFERENCE) == ()
    assert state.gone("unknown") == state


# What was returned


def returned(*duties: Duty) -> FormalReview:
    signed = {d.id: Signed(result=SignOffResult.PASS, at=NOW) for d in duties}
    back = Signed(result=SignOffResult.RETURN, at=NOW, items=("partners",), until=at("2022-02-09 00:00"))
    return FormalReview(duties=duties, signed={**signed, duties[0].id: back})


@pytest.mark.rule("B9")
def test_another_party_in_the_place_of_one_is_reviewed_anew() -> None:
    whole = Duty(id="whole", department="省发展改革委")
    school = Duty(id="school-1", department="省教育厅", party=1, fingerprint="a")
    same = Duty(id="enterprise-2", department="省国资委", party=2, fingerprint="b")
    other = school.model_copy(update={"fingerprint": "c"})
    again = returned(whole, school, same).supplemented((whole, other, same), NOW)
    assert [d.id for d in again.pending] == ["whole", "school-1"]
    assert again.duty("school-1") == other


@pytest.mark.rule("B9")
def test_what_was_returned_comes_in_until_its_deadline_and_not_later() -> None:
    review = returned(Duty(id="whole", department="省发展改革委"))
    state = state_of(step=Step.FORMAL_REVIEW).model_copy(update={"review": review})
    facts = state.facts.model_copy(update={"round_workflow": "round-2021"})
    state = state.model_copy(update={"facts": facts})
    request = DecisionRequest(decision=Supplement(duties=review.duties), by=LEAD)
    check_base(state, request, at("2022-02-08 23:59"))
    with pytest.raises(Refused, match=r"supplement\.too_late.*补正期限"):
        check_base(state, request, at("2022-02-09 00:00"))


def test_what_a_round_has_checked_its_applications_do_not_refuse_a_day_later() -> None:
    """The round decided before midnight, and the application hears of it after: refusing would leave it behind."""
    state = state_of(step=Step.NOTICE_DUE)
    facts = state.facts.model_copy(update={"round_workflow": "round-2021"})
    notice = StartNotice(first=NOW.date(), last=NOW.date() + 30 * DAY)
    by = Actor(role=Role.ROUND, id="round-2021")
    check_base(
        state.model_copy(update={"facts": facts}), DecisionRequest(decision=notice, by=by), NOW + 2 * DAY
    )
    with pytest.raises(Refused, match=r"window\.in_the_past"):
        check_base(state, DecisionRequest(decision=notice, by=OFFICE), NOW + 2 * DAY)
