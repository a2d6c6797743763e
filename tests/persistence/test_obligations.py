"""Obligations, submissions and figures."""

from sqlalchemy import func, select

from domain.decisions import Actor
from domain.forms.registry import FORMS
from domain.obligation import ObligationLife
from domain.obligation_decisions import AcceptReport, ReturnReport
from domain.terms import ObligationState
from persistence import tables
from persistence.database import Database
from persistence.obligations import ObligationFilter, Obligations
from tests.persistence.samples import BASE, KIND, OTHER_BASE, monthly, opened, running_base
from tests.support import FULL, LEAD, OFFICE, at
from workflows.messages import ObligationRecord, Submission

REVIEWED = at("2026-03-18 00:00")
VALUES = {key: FORMS[KIND].by_key[key].parse(value) for key, value in FULL.items()}


def submission(obligation_id: str, by: Actor = LEAD, version: int = 1, **different: str) -> Submission:
    return Submission(
        obligation_id=obligation_id,
        base_id=BASE,
        kind=KIND,
        period="2026-02",
        values=VALUES | different,
        by=by,
        at=at("2026-03-03 10:00"),
        on_time=version == 1,
        version=version,
    )


async def hand_in(database: Database, obligation_id: str, version: int = 1, **different: str) -> None:
    async with database.transaction() as tx:
        await Obligations(tx).store(submission(obligation_id, LEAD, version, **different), REVIEWED)


async def test_a_period_is_opened_once(database: Database) -> None:
    await running_base(database)
    async with database.transaction() as tx:
        assert await Obligations(tx).open("o1", BASE, monthly("2026-02"))
        first = await Obligations(tx).get("o1")
        assert not await Obligations(tx).open("o1", BASE, monthly("2026-02"))
        assert not await Obligations(tx).open(
            "o2", BASE, monthly("2026-02")
        )  # the same period by another name
        assert await Obligations(tx).get("o1") == first
    plan = monthly("2026-02")
    assert (first.opens, first.due, first.locks) == (plan.opens, plan.due, plan.locks)
    assert (first.state, first.ended_at, first.on_time) == (ObligationState.OPEN, None, None)


async def test_figures_are_stored_once_and_come_back_as_they_were(database: Database) -> None:
    await running_base(database)
    obligation = await opened(database, "2026-02")
    async with database.transaction() as tx:
        assert await Obligations(tx).values(obligation) == {}
    await hand_in(database, obligation)
    await hand_in(database, obligation, invest_month="999.00")  # a second call changes nothing
    async with database.transaction() as tx:
        assert await Obligations(tx).values(obligation) == VALUES
        assert list(await Obligations(tx).values(obligation)) == list(FULL)  # in the order of the form
        stored = await tx.scalar(select(func.count()).select_from(tables.submissions))
        row = await Obligations(tx).get(obligation)
    assert stored == 1
    assert (row.state, row.version, row.on_time) == (ObligationState.SUBMITTED, 1, True)
    assert (row.ended_at, row.review_until) == (at("2026-03-03 10:00"), REVIEWED)


async def test_the_largest_figures_fit(database: Database) -> None:
    await running_base(database)
    obligation = await opened(database, "2026-02")
    await hand_in(database, obligation, invest_total="9999999999.99", certified="9999999999")
    async with database.transaction() as tx:
        values = await Obligations(tx).values(obligation)
    assert (values["invest_total"], values["certified"]) == ("9999999999.99", "9999999999")


async def test_an_obligation_ends_once(database: Database) -> None:
    await running_base(database)
    obligation = await opened(database, "2026-02")
    async with database.transaction() as tx:
        rows = Obligations(tx)
        await rows.store(submission(obligation))
        await rows.end(obligation, ObligationState.MISSING, at("2026-03-21 00:00"), False)
        found = await rows.get(obligation)
    assert (found.state, found.ended_at, found.on_time) == (
        ObligationState.SUBMITTED,
        at("2026-03-03 10:00"),
        True,
    )


async def test_what_was_not_handed_in_ends_without_figures(database: Database) -> None:
    await running_base(database)
    obligation = await opened(database, "2026-02")
    async with database.transaction() as tx:
        rows = Obligations(tx)
        await rows.end(obligation, ObligationState.MISSING, at("2026-03-21 00:00"), False)
        found = await rows.get(obligation)
        assert await rows.values(obligation) == {}
    assert (found.state, found.on_time, found.version) == (ObligationState.MISSING, False, 0)


async def test_last_values_are_those_of_the_latest_period_before_that_was_handed_in(
    database: Database,
) -> None:
    await running_base(database)
    await running_base(database, OTHER_BASE)
    for period, total in (("2025-11", "1.00"), ("2025-12", "2.00"), ("2026-02", "4.00")):
        await hand_in(database, await opened(database, period), invest_total=total)
    await opened(database, "2026-01")  # not handed in
    await hand_in(database, await opened(database, "2026-01", OTHER_BASE), invest_total="77.00")

    async def last(before: str, base: str = BASE) -> str | None:
        async with database.transaction() as tx:
            return (await Obligations(tx).last_values(base, KIND, before)).get("invest_total")

    assert await last("2025-11") is None
    assert await last("2025-12") == "1.00"
    assert await last("2026-01") == "2.00"
    assert await last("2026-02") == "2.00"  # January is still open
    assert await last("2026-03") == "4.00"
    assert await last("2026-03", OTHER_BASE) == "77.00"


async def test_what_a_contact_owes_is_listed_by_urgency_and_only_its_own(database: Database) -> None:
    contact = await running_base(database)
    await running_base(database, OTHER_BASE)
    later, sooner = await opened(database, "2026-02"), await opened(database, "2026-01")
    done = await opened(database, "2025-12")
    await hand_in(database, done)
    other = await opened(database, "2026-01", OTHER_BASE)
    async with database.transaction() as tx:
        rows = Obligations(tx)
        assert [o.id for o in await rows.open_of_contact(contact)] == [sooner, later]
        mine, foreign = (await rows.get(sooner)).no, (await rows.get(other)).no
        found = await rows.of_contact_by_no(mine, contact)
        assert found is not None
        assert found.id == sooner
        assert await rows.of_contact_by_no(foreign, contact) is None


async def test_a_list_of_obligations_is_narrowed_and_goes_on_after_its_cursor(database: Database) -> None:
    await running_base(database)
    await running_base(database, OTHER_BASE)
    ids = [await opened(database, p, b) for b in (BASE, OTHER_BASE) for p in ("2025-12", "2026-01")]
    await hand_in(database, ids[0])
    async with database.transaction() as tx:
        rows = Obligations(tx)

        async def find(wanted: ObligationFilter, after: str = "", limit: int = 50) -> list[str]:
            return [o.id for o in await rows.find(wanted, after, limit)]

        assert await find(ObligationFilter()) == ids
        assert await find(ObligationFilter(period="2026-01")) == [ids[1], ids[3]]
        assert await find(ObligationFilter(state="已报送")) == [ids[0]]
        assert await find(ObligationFilter(base=OTHER_BASE, kind="月调度", city="太原")) == ids[2:]
        assert await find(ObligationFilter(city="大同")) == []
        assert await find(ObligationFilter(), after=ids[1], limit=1) == [ids[2]]


async def test_who_handed_in_is_kept_by_id(database: Database) -> None:
    await running_base(database)
    obligation = await opened(database, "2026-02")
    async with database.transaction() as tx:
        await Obligations(tx).store(submission(obligation, OFFICE))
        row = (await tx.execute(select(tables.submissions))).one()
    assert (row.role, row.actor, row.version) == ("office", OFFICE.id, 1)


def decided(obligation_id: str, seq: int, version: int, state: ObligationState) -> ObligationRecord:
    life = ObligationLife(schedule=monthly("2026-02"), state=state, seq=seq, version=version)
    decision = (
        AcceptReport() if state is ObligationState.ACCEPTED else ReturnReport(items={"certified": "示例"})
    )
    return ObligationRecord(
        obligation_id=obligation_id,
        base_id=BASE,
        life=life.model_copy(update={"returns": 1}),
        at=at("2026-03-04 10:00"),
        by=OFFICE,
        decision=decision,
    )


async def test_versions_stand_beside_each_other_and_only_the_first_says_whether_it_was_on_time(
    database: Database,
) -> None:
    await running_base(database)
    obligation = await opened(database, "2026-02")
    await hand_in(database, obligation)
    await hand_in(database, obligation, 2, certified="61")
    await hand_in(database, obligation, certified="999")  # the first one, delivered again
    async with database.transaction() as tx:
        row = await Obligations(tx).get(obligation)
        versions = await Obligations(tx).versions(obligation)
        assert await Obligations(tx).values(obligation) == VALUES | {"certified": "61"}
        assert await Obligations(tx).values(obligation, 1) == VALUES
    assert [(v.version, v.values["certified"]) for v in versions] == [(1, "60"), (2, "61")]
    assert (row.version, row.on_time) == (2, True)


async def test_a_decision_is_on_record_once_and_an_older_one_that_comes_late_changes_nothing(
    database: Database,
) -> None:
    await running_base(database)
    obligation = await opened(database, "2026-02")
    await hand_in(database, obligation)
    for seq, state in (
        (2, ObligationState.ACCEPTED),
        (1, ObligationState.RETURNED),
        (2, ObligationState.ACCEPTED),
    ):
        async with database.transaction() as tx:
            await Obligations(tx).decided(decided(obligation, seq, 1, state))
    async with database.transaction() as tx:
        row = await Obligations(tx).get(obligation)
        decisions = await Obligations(tx).decisions(obligation)
    assert (row.state, row.returns, row.review_until) == (ObligationState.ACCEPTED, 1, None)
    assert [(d.seq, d.kind, d.actor) for d in decisions] == [
        (1, "退回", OFFICE.id),
        (2, "审核通过", OFFICE.id),
    ]
    assert decisions[0].detail == {"items": {"certified": "示例"}}
