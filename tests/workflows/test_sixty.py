"""The 2021 round with sixty applications over all thirty directions, from the call to the pilots."""

from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.decisions import ResolveObjection, TakeOffer
from domain.lifecycle import Step
from domain.rounds.decisions import ChangeList, ConfirmList, Consent, ProposeList, StartNotice
from domain.rounds.state import Phase
from domain.terms import City, LeadKind, Level
from persistence.database import Database
from tests.support import LEAD, eventually
from tests.workflows.fair import (
    CLOSE,
    CONSENT_NO,
    PUBLICATION_NO,
    Applicant,
    Fair,
    city_office,
    department,
    fair,
)
from tests.workflows.test_public_notice import objects

KINDS = tuple(LeadKind)
CITIES = tuple(City)


def crowd() -> list[Applicant]:
    """Two for each direction: a provincial one, and by turns a provincial, a city and a county one."""
    found = []
    for n in range(60):
        direction, second = n % 30 + 1, n >= 30
        level = (Level.PROVINCE, Level.CITY, Level.COUNTY)[direction % 3] if second else Level.PROVINCE
        kind = KINDS[n % 2]  # governments and enterprises: schools need the direction's own majors
        answers = {"direction_name": "示例其它产业"} if direction == 30 else {}
        score = f"{95 - n * 0.5:.1f}"
        found.append(Applicant(direction, level, CITIES[n % 11], kind, score, answers))
    return found


@pytest.mark.rule("B2", "B11", "B12", "B14", "B15", "B17", "B18")
async def test_the_2021_round_with_sixty_applications_over_thirty_directions(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        base_ids = await place.all_apply(crowd())
        assert len({place.applicants[b].direction for b in base_ids}) == 30
        returned, failed = base_ids[58], base_ids[59]
        await place.signs(
            returned, "budget", department("省财政厅"), "退回补正", reason="预算依据不足", items=("plan",)
        )
        await place.signs(failed, "budget", department("省财政厅"), "不通过", reason="资金来源不实")
        await place.all_pass(*base_ids[:58])
        await place.until("2022-01-22 00:31")
        await place.reaches(Phase.EXPERT_REVIEW)
        steps = await place.steps()
        assert (steps[returned], steps[failed]) == (Step.REJECTED, Step.REJECTED)
        assert list(steps.values()).count(Step.EXPERT_REVIEW) == 58
        await place.all_are_scored()
        await place.office(CLOSE)
        await place.reaches(Phase.CONFERENCE)
        await decide_about_the_list(place)
        await show_and_publish(place)


async def decide_about_the_list(place: Fair) -> None:
    """Ten by rank, one exchanged by the conference, the cities' lists, and what is offered to the others."""
    entries = (await place.round()).state.entries
    proposed = [b for b, e in entries.items() if e.selected]
    assert len(proposed) == 10
    assert {entries[b].score for b in proposed} == set(
        sorted((e.score for e in entries.values() if e.score and e.level is Level.PROVINCE), reverse=True)[
            :10
        ]
    )
    out = min(proposed, key=lambda b: entries[b].score or 0)
    await place.office(ChangeList(base=out, selected=False, reason="场地存在争议"))
    for city, level in (await place.round()).state.lists_awaited():
        own = [
            b
            for b, s in (await place.round()).state.applications.items()
            if (s.city, s.level, s.step) == (city, level, Step.CONFERENCE)
        ]
        await place.office(
            ProposeList(level=level, city=city, selected=tuple(own[:1]), reason="按本市布局"),
            city_office(city),
        )
    await place.office(ConfirmList())
    steps = await place.steps(lambda s: Step.CONFERENCE not in s.values())
    offered = [b for b, step in steps.items() if step is Step.OFFERED]
    assert offered
    assert steps[out] is Step.NOT_SELECTED
    await place.decides(offered[0], TakeOffer(), LEAD)
    await place.until("2022-01-29 00:01")
    await place.reaches(Phase.CONSENT)
    assert await place.step(offered[0]) is Step.CONSENT
    assert await place.step(offered[1]) is Step.NOT_SELECTED


async def show_and_publish(place: Fair) -> None:
    """Consent, notice, one objection upheld and one dismissed, publication by itself."""
    await place.office(Consent(document_no=CONSENT_NO, on=date(2022, 1, 29)))
    await place.reaches(Phase.NOTICE)
    shown = [
        b
        for b, step in (await place.steps(lambda s: Step.CONSENT not in s.values())).items()
        if step is Step.NOTICE_DUE
    ]
    await place.office(
        StartNotice(first=date(2022, 2, 7), last=date(2022, 2, 11), publication_no=PUBLICATION_NO)
    )
    await place.steps(lambda s: Step.NOTICE_DUE not in s.values())
    upheld, dismissed, *others = shown
    await place.until("2022-02-10 10:00")
    for base_id, yes in ((upheld, True), (dismissed, False)):
        number = await objects(place, base_id)
        await place.decides(base_id, ResolveObjection(objection=number, upheld=yes, reason="经核查"))
    await place.until("2022-02-14 12:00")
    await place.steps(lambda s: all(s[b] is Step.PILOT for b in others))
    await place.until("2022-02-15 12:00")  # the clock of one stood still for a day
    steps = await place.steps(lambda s: s[dismissed] is Step.PILOT)
    assert (steps[upheld], steps[dismissed]) == (Step.NOT_SELECTED, Step.PILOT)
    await place.reaches(Phase.OVER)
    rows = await place.listed()
    published = {b for b, row in rows.items() if row.published_on}
    assert published == {*others, dismissed}
    assert len([b for b in published if rows[b].level == "省级"]) <= 10
    await eventually(place.round, lambda r: not r.view.waiting_for)
