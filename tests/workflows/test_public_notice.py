"""公示 as a workflow's clock (B14): it stops for an objection, goes on after it, and publishes by itself."""

from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.decisions import Actor, ResolveObjection
from domain.errors import NotAllowed, Refused, Stale
from domain.lifecycle import Step
from domain.rounds.decisions import ConfirmList, Consent, StartNotice
from domain.rounds.state import Phase
from domain.terms import City, Level
from persistence.database import Database
from persistence.objections import Objections
from tests.support import LEAD, OFFICE
from tests.workflows.fair import CONSENT_NO, PUBLICATION_NO, Applicant, Fair, city_office, department, fair

FIRST, LAST = date(2022, 2, 7), date(2022, 2, 11)
"""Monday to Friday, five working days after the Spring Festival."""

pytestmark = pytest.mark.rule("B14")


async def objects(place: Fair, base_id: str, *, told: bool = True) -> int:
    """Somebody objects on the public page; the number of the objection."""
    await place.quiet(base_id)  # the page goes by the records
    async with place.database.transaction() as tx:
        number, _ = await Objections(tx).file(
            base_id,
            "示例群众",
            "示例电话",
            "场地与申报材料不符，请核实。",
            f"address-{base_id}",
            await place.look(),
        )
    if told:
        await place.quiet(base_id)
        await place.casework.object(base_id, number)
    return number


async def resolves(place: Fair, base_id: str, number: int, *, upheld: bool, by: Actor = OFFICE) -> None:
    """The office decides about it."""
    await place.decides(base_id, ResolveObjection(objection=number, upheld=upheld, reason="经核查"), by)


async def published(place: Fair, base_id: str) -> date | None:
    """When it was published, if it was."""
    return (await place.gateway.base(base_id)).state.published_on


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (date(2022, 2, 7), date(2022, 2, 10), "window.too_short"),
        (date(2022, 2, 7), date(2022, 2, 7), "window.too_short"),
        (date(2022, 1, 31), date(2022, 2, 6), "window.too_short"),  # the Spring Festival
        (date(2022, 1, 20), date(2022, 2, 11), "window.in_the_past"),
        (date(2022, 2, 7), date(2023, 2, 11), "window.too_far"),
    ],
)
async def test_a_window_of_fewer_than_five_working_days_is_refused_without_trace(
    skipping: WorkflowEnvironment, database: Database, first: date, last: date, code: str
) -> None:
    async with fair(skipping, database) as place:
        await place.to_conference(Applicant(3))
        await place.office(ConfirmList())
        await place.reaches(Phase.CONSENT)
        await place.office(Consent(document_no=CONSENT_NO, on=date(2022, 1, 22)))
        await place.reaches(Phase.NOTICE)
        await place.quiet()
        handle = place.env.client.get_workflow_handle(f"round-{place.slug}")

        async def activities() -> int:
            events = (await handle.fetch_history()).events
            return sum(e.HasField("activity_task_scheduled_event_attributes") for e in events)

        before = await activities()
        with pytest.raises(Refused, match=code.replace(".", r"\.")) as caught:
            await place.office(StartNotice(first=first, last=last, publication_no=PUBLICATION_NO))
        assert caught.value.refusal.clause is not None
        assert await activities() == before


async def test_an_objection_stops_the_clock_of_its_base_only(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        one, other = await place.to_notice(Applicant(3), Applicant(4), first=FIRST, last=LAST)
        await place.until("2022-02-09 10:00")
        await objects(place, one)
        assert await place.waits_for(("省发展改革委", "处理异议"))
        await place.until("2022-02-14 12:00")
        assert await published(place, other) == date(2022, 2, 14)
        assert await place.step(one) is Step.NOTICE
        assert (await place.round()).state.phase is Phase.PUBLICATION


async def test_after_a_dismissed_objection_the_rest_of_the_window_runs(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_notice(Applicant(3), first=FIRST, last=LAST)
        await place.until("2022-02-09 10:00")  # two of five days have run
        number = await objects(place, one)
        await place.until("2022-02-15 10:00")
        await resolves(place, one, number, upheld=False)
        assert (await place.gateway.base(one)).state.notice_last_day == date(2022, 2, 18)
        await place.until("2022-02-18 23:00")
        assert await place.step(one) is Step.NOTICE
        await place.until("2022-02-21 12:00")
        assert await published(place, one) == date(2022, 2, 21)
        async with place.database.transaction() as tx:
            assert (await Objections(tx).get(number)).state == "不成立"


async def test_an_upheld_objection_takes_its_base_off_the_list(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_notice(Applicant(3), first=FIRST, last=LAST)
        await place.until("2022-02-09 10:00")
        number = await objects(place, one)
        await resolves(place, one, number, upheld=True)
        assert await place.step(one) is Step.NOT_SELECTED
        row = (await place.listed())[one]
        assert (row.selected, row.reason) == (False, "经核查")
        await place.reaches(Phase.OVER)


async def test_with_one_objection_upheld_nobody_has_to_decide_about_the_others(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_notice(Applicant(3), first=FIRST, last=LAST)
        await place.until("2022-02-09 10:00")
        first, second = await objects(place, one), await objects(place, one)
        await resolves(place, one, first, upheld=True)
        async with place.database.transaction() as tx:
            assert {(await Objections(tx).get(n)).state for n in (first, second)} == {"成立"}


async def test_the_clock_goes_on_only_when_the_last_objection_is_dismissed(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_notice(Applicant(3), first=FIRST, last=LAST)
        await place.until("2022-02-10 10:00")
        first = await objects(place, one)
        await place.until("2022-02-14 10:00")
        second = await objects(place, one)
        await resolves(place, one, first, upheld=False)
        await place.until("2022-02-16 10:00")
        with pytest.raises(Stale, match=r"objection\.not_open"):
            await resolves(place, one, first, upheld=True)
        await resolves(place, one, second, upheld=False)
        assert (await place.gateway.base(one)).state.notice_last_day == date(2022, 2, 18)


async def test_an_objection_that_could_not_be_told_is_found_before_the_notice_ends(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_notice(Applicant(3), first=FIRST, last=LAST)
        await place.until("2022-02-09 20:00")
        number = await objects(place, one, told=False)
        await place.until("2022-02-14 12:00")
        state = (await place.gateway.base(one)).state
        assert (state.step, state.objections) == (Step.NOTICE, (number,))
        await resolves(place, one, number, upheld=False)
        assert (await place.gateway.base(one)).state.notice_last_day == date(2022, 2, 17), (
            "three days from the 9th"
        )


@pytest.mark.parametrize(
    "by", [LEAD, department("省教育厅"), city_office(City.TAIYUAN)], ids=lambda actor: str(actor.role)
)
async def test_only_the_office_decides_about_an_objection_to_a_provincial_base(
    skipping: WorkflowEnvironment, database: Database, by: Actor
) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_notice(Applicant(3), first=FIRST, last=LAST)
        number = await objects(place, one)
        with pytest.raises(NotAllowed):
            await resolves(place, one, number, upheld=True, by=by)


async def test_objections_are_for_the_time_of_the_notice(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_conference(Applicant(3))
        with pytest.raises(Stale):
            await place.casework.object(one, 1)


@pytest.mark.rule("B18")
async def test_the_published_name_is_the_final_one(skipping: WorkflowEnvironment, database: Database) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_conference(Applicant(3, Level.PROVINCE))
        await place.office(ConfirmList())
        await place.reaches(Phase.CONSENT)
        await place.office(Consent(document_no=CONSENT_NO, on=date(2022, 1, 22)))
        await place.reaches(Phase.NOTICE)
        final = {one: "山西省示例大数据产教融合实训基地"}
        await place.office(
            StartNotice(first=FIRST, last=LAST, publication_no=PUBLICATION_NO, official_names=final)
        )
        await place.until("2022-02-14 12:00")
        await place.steps(lambda s: s[one] is Step.PILOT)
        assert (await place.listed())[one].name == final[one]
