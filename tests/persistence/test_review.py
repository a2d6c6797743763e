"""Experts, from what they are recused, and scores that stay sealed until the review is closed."""

import asyncio
import base64
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from domain.errors import NotAllowed, NotFound, Refused, Stale
from domain.lifecycle import Step
from domain.policy.recusal import OWN_ORGANISATION, takes_part
from domain.policy.rubric import METHODS
from persistence import tables
from persistence.database import Database
from persistence.review import Experts, Scores
from tests.persistence.jury import (
    ELSEWHERE,
    EXPIRES,
    FIRST,
    NOW,
    OPERATOR,
    PARTNER,
    POINTS,
    SECOND,
    application,
    closed,
    invited,
    puts,
)
from tests.support import eventually

# Links


async def test_a_link_has_256_bits_and_only_its_hash_is_kept(database: Database) -> None:
    await application(database)
    tokens = {(await invited(database, name=f"示例专家{n}"))[1] for n in range(10)}
    assert len(tokens) == 10
    assert all(len(base64.urlsafe_b64decode(token + "==")) >= 32 for token in tokens)
    async with database.transaction() as tx:
        stored = str((await tx.execute(select(tables.experts))).all())
    assert not any(token in stored for token in tokens)


async def test_inviting_again_gives_a_new_link_and_the_old_one_dies(database: Database) -> None:
    await application(database)
    first, old = await invited(database)
    again, new = await invited(database, directions=(3, 4))
    assert (again.id, again.directions) == (first.id, [3, 4])
    async with database.transaction() as tx:
        assert (await Experts(tx).by_token(new, NOW)).id == first.id
        with pytest.raises(NotFound):
            await Experts(tx).by_token(old, NOW)


async def test_a_link_works_until_its_end_and_not_when_revoked_or_unknown(database: Database) -> None:
    await application(database)
    expert, token = await invited(database)
    async with database.transaction() as tx:
        experts = Experts(tx)
        assert await experts.by_token(token, EXPIRES - timedelta(seconds=1)) == expert
        for wrong, when in ((token, EXPIRES), (token[:-1], NOW), ("", NOW)):
            with pytest.raises(NotFound) as caught:
                await experts.by_token(wrong, when)
            assert caught.value.refusal.code == "expert.invalid_link"
        await experts.revoke("2021", expert.id, NOW)
        with pytest.raises(NotFound):
            await experts.by_token(token, NOW)
        for slug, number in (("2022", expert.id), ("2021", expert.id + 1)):
            with pytest.raises(NotFound):
                await experts.revoke(slug, number, NOW)


# Who judges what


@pytest.mark.rule("B13")
async def test_an_expert_judges_what_is_in_review_in_the_own_directions(database: Database) -> None:
    await application(database, FIRST)
    await application(database, SECOND, Step.FORMAL_REVIEW)
    await application(database, ELSEWHERE)
    expert, _ = await invited(database)
    async with database.transaction() as tx:
        found = await Experts(tx).assignments(expert, NOW)
        assert [a.base_id for a in found] == [FIRST]
        assert (found[0].lead, found[0].direction, found[0].recused) == ("示例职业技术大学", 3, None)
        with pytest.raises(NotFound):
            await Experts(tx).assignment(expert, ELSEWHERE)


@pytest.mark.rule("B13")
@pytest.mark.parametrize(
    "organisation", ["示例职业技术大学", PARTNER, OPERATOR, " 示例科技(集团)有限公司 ", "示例 运营有限公司"]
)
async def test_an_expert_does_not_judge_where_the_own_organisation_takes_part(
    database: Database, organisation: str
) -> None:
    await application(database)
    expert, _ = await invited(database, organisation=organisation)
    async with database.transaction() as tx:
        [found] = await Experts(tx).assignments(expert, NOW)
        assert found.recused == OWN_ORGANISATION
        recorded = (await tx.execute(select(tables.recusals))).mappings().one()
    assert (recorded["base_id"], recorded["reason"]) == (FIRST, OWN_ORGANISATION)
    with pytest.raises(NotAllowed) as caught:
        await puts(database, expert)
    assert caught.value.refusal.clause is not None
    assert caught.value.refusal.clause.cite() == "本系统约定评议回避"


def test_names_are_compared_whole_and_without_differences_of_width() -> None:
    assert takes_part("ＡＢ大学", ["ab 大学"])
    assert not takes_part("示例大学", ["示例大学附属学校", ""])


@pytest.mark.rule("B13")
async def test_recusal_on_request_takes_back_the_score(database: Database) -> None:
    await application(database)
    expert, _ = await invited(database)
    await puts(database, expert)
    async with database.transaction() as tx:
        await Experts(tx).recuse(expert, FIRST, "与申报单位有合作", NOW)
    async with database.transaction() as tx:
        assert await Scores(tx).counts("2021") == {}
        [found] = await Experts(tx).assignments(expert, NOW)
        assert found.recused == "与申报单位有合作"
    with pytest.raises(NotAllowed):
        await puts(database, expert)


async def test_the_office_sees_how_far_each_expert_has_come(database: Database) -> None:
    for base_id in (FIRST, SECOND, ELSEWHERE):
        await application(database, base_id)
    busy, _ = await invited(database, directions=(3, 4))
    await invited(database, "示例专家乙", PARTNER)
    await puts(database, busy)
    async with database.transaction() as tx:
        await Experts(tx).recuse(busy, SECOND, "与申报单位有合作", NOW)
        found = await Experts(tx).of_round("2021")
    assert [(s.assigned, s.scored, s.recused) for s in found] == [(2, 1, 1), (0, 0, 2)]


# Scores


@pytest.mark.rule("B13")
async def test_a_score_can_be_corrected_until_the_review_is_closed(database: Database) -> None:
    await application(database)
    expert, _ = await invited(database)
    await puts(database, expert, total=Decimal("80.00"))
    await puts(database, expert, total=Decimal("82.50"))
    async with database.transaction() as tx:
        own = await Scores(tx).own(expert, FIRST)
        assert own is not None
        assert (own.total, own.items, own.method) == (Decimal("82.50"), POINTS, METHODS[0])
    await closed(database)
    with pytest.raises(Stale) as caught:
        await puts(database, expert, total=Decimal("90.00"))
    assert caught.value.refusal.clause is not None
    assert caught.value.refusal.clause.cite() == "《发榜公告》五(二)"
    async with database.transaction() as tx:
        assert [row.total for row in await Scores(tx).of_round("2021")] == [Decimal("82.50")]
        with pytest.raises(Stale):
            await Experts(tx).recuse(expert, FIRST, "与申报单位有合作", NOW)


async def test_an_application_that_has_left_the_review_takes_no_score(database: Database) -> None:
    await application(database)
    expert, _ = await invited(database)
    await puts(database, expert)
    async with database.transaction() as tx:
        await tx.execute(tables.bases.update().values(step=Step.WITHDRAWN))
    with pytest.raises(Stale):
        await puts(database, expert)


@pytest.mark.rule("B13")
async def test_scores_are_sealed_until_the_review_is_closed(database: Database) -> None:
    await application(database)
    for n in range(2):
        expert, _ = await invited(database, f"示例专家{n}")
        await puts(database, expert, total=Decimal(70 + n))
    async with database.transaction() as tx:
        assert await Scores(tx).counts("2021") == {FIRST: 2}
        with pytest.raises(Refused) as caught:
            await Scores(tx).of_round("2021")
        assert caught.value.refusal.code == "review.sealed"
    await closed(database)
    async with database.transaction() as tx:
        assert [row.total for row in await Scores(tx).of_round("2021")] == [70, 71]


async def test_closing_again_keeps_the_first_instant(database: Database) -> None:
    await application(database)
    await closed(database)
    async with database.transaction() as tx:
        await Scores(tx).close("2021", NOW + timedelta(days=1))
        assert await tx.scalar(select(tables.rounds.c.scoring_closed_at)) == NOW
        with pytest.raises(NotFound):
            await Scores(tx).close("2099", NOW)


# Two at the same time


async def somebody_waits(database: Database) -> bool:
    """Whether a connection waits for a lock of another one."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with database.statement() as tx:
        return bool(await tx.scalar(waiting))


async def test_a_score_that_comes_while_the_review_is_being_closed_is_refused(database: Database) -> None:
    await application(database)
    expert, _ = await invited(database)
    async with database.transaction() as tx:
        await Scores(tx).close("2021", NOW)
        task = asyncio.create_task(puts(database, expert))
        await eventually(lambda: somebody_waits(database))
        assert not task.done()
    with pytest.raises(Stale):
        await task
    async with database.transaction() as tx:
        assert await Scores(tx).of_round("2021") == []


async def test_closing_waits_for_a_score_that_is_being_written_and_counts_it(database: Database) -> None:
    await application(database)
    expert, _ = await invited(database)
    async with database.transaction() as tx:
        await Scores(tx).put(expert, FIRST, POINTS, Decimal(80), METHODS[0], "", NOW)
        task = asyncio.create_task(closed(database))
        await eventually(lambda: somebody_waits(database))
        assert not task.done()
    await task
    async with database.transaction() as tx:
        assert [row.total for row in await Scores(tx).of_round("2021")] == [80]


async def test_experts_do_not_wait_for_each_other(database: Database) -> None:
    await application(database)
    first, _ = await invited(database, "示例专家甲")
    second, _ = await invited(database, "示例专家乙")
    async with database.transaction() as tx:
        await Scores(tx).put(first, FIRST, POINTS, Decimal(80), METHODS[0], "", NOW)
        await asyncio.wait_for(puts(database, second), 5)
    async with database.transaction() as tx:
        assert await Scores(tx).counts("2021") == {FIRST: 2}
