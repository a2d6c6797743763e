"""Evaluators of a third party (A12): links, what they are given, recusal, and points that are sealed until the end."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.assessment import Phase
from domain.errors import NotAllowed, NotFound, Refused, Stale
from domain.ids import assessment_id
from domain.policy.recusal import OWN_ORGANISATION
from persistence import tables
from persistence.assessments import Assessments
from persistence.database import Database
from persistence.evaluators import Evaluations, Evaluators
from tests.persistence.evaluating import FIRST, NOW, SECOND, YEAR, assessed, gives, invited
from tests.persistence.jury import OPERATOR, PARTNER


async def test_a_link_works_until_its_end_and_not_when_it_was_revoked_or_replaced(database: Database) -> None:
    await assessed(database)
    one, token = await invited(database)
    async with database.transaction() as tx:
        evaluators = Evaluators(tx)
        assert (await evaluators.by_token(token, one.expires_at - timedelta(seconds=1))).id == one.id
        with pytest.raises(NotFound, match=r"evaluator\.invalid_link"):
            await evaluators.by_token(token, one.expires_at)
    same, newer = await invited(database)
    assert same.id == one.id
    async with database.transaction() as tx:
        evaluators = Evaluators(tx)
        with pytest.raises(NotFound):
            await evaluators.by_token(token, NOW)
        await evaluators.revoke(one.id, NOW)
        with pytest.raises(NotFound):
            await evaluators.by_token(newer, NOW)
        with pytest.raises(NotFound, match=r"evaluator\.not_found"):
            await evaluators.revoke(99, NOW)


async def test_a_token_has_256_bits_and_only_its_hash_is_kept(database: Database) -> None:
    await assessed(database)
    _, token = await invited(database)
    assert len(token) == 43  # 32 bytes, base64
    async with database.transaction() as tx:
        kept = (await tx.execute(select(tables.evaluators))).mappings().one()
    assert token not in {str(value) for value in kept.values()}


@pytest.mark.rule("A12")
async def test_an_evaluator_sees_what_it_was_given_and_nothing_else(database: Database) -> None:
    await assessed(database)
    await assessed(database, SECOND)
    one, _ = await invited(database)
    async with database.transaction() as tx:
        [task] = await Evaluators(tx).tasks(one, NOW)
        assert (task.base_id, task.phase, task.given, task.recused) == (FIRST, "第三方评价", None, None)
        with pytest.raises(NotFound, match=r"evaluation\.not_assigned"):
            await Evaluators(tx).task(one, SECOND)
    with pytest.raises(NotFound, match=r"base\.not_found"):
        await invited(database, FIRST, "base-2021-99-1")


async def test_nothing_is_evaluated_before_the_assessment_has_begun_or_after_it_was_closed(
    database: Database,
) -> None:
    await assessed(database)
    await assessed(database, SECOND, Phase.PROPOSAL)
    one, _ = await invited(database, FIRST, SECOND)
    other_year = one.model_copy(update={"year": "2026"})
    async with database.transaction() as tx:
        with pytest.raises(Stale, match=r"evaluation\.not_open"):
            await Evaluators(tx).task(other_year, FIRST)
        with pytest.raises(Stale, match=r"evaluation\.closed"):
            await Evaluators(tx).task(one, SECOND)
        await Assessments(tx).close(assessment_id(FIRST, YEAR), NOW)
        with pytest.raises(Stale, match=r"evaluation\.closed"):
            await Evaluators(tx).recuse(one, FIRST, "示例", NOW)
    with pytest.raises(Stale, match=r"evaluation\.closed"):
        await gives(database, one)


@pytest.mark.parametrize("organisation", ["示例职业技术大学", PARTNER, OPERATOR, "示例科技(集团)有限公司"])
async def test_whoever_takes_part_in_a_base_does_not_evaluate_it(
    database: Database, organisation: str
) -> None:
    await assessed(database)
    one, _ = await invited(database, organisation=organisation)
    async with database.transaction() as tx:
        [task] = await Evaluators(tx).tasks(one, NOW)
        assert task.recused == OWN_ORGANISATION
        with pytest.raises(NotAllowed, match=r"evaluation\.recused"):
            await Evaluators(tx).task(one, FIRST)
        assert await tx.scalar(select(tables.evaluator_bases.c.recused)) == OWN_ORGANISATION


async def test_recusal_takes_the_points_back(database: Database) -> None:
    await assessed(database)
    one, _ = await invited(database)
    await gives(database, one)
    async with database.transaction() as tx:
        await Evaluators(tx).recuse(one, FIRST, "示例：曾任顾问", NOW)
        assert await Evaluations(tx).count(FIRST, YEAR) == 0
        [summary] = await Evaluators(tx).of_year(YEAR)
        assert (summary.bases, summary.evaluated, summary.recused) == ([FIRST], 0, 1)


@pytest.mark.rule("A12")
async def test_points_are_sealed_until_the_evaluation_is_closed_and_the_last_ones_count(
    database: Database,
) -> None:
    await assessed(database)
    one, _ = await invited(database)
    await gives(database, one, total="70.00")
    await gives(database, one, total="80.00")
    async with database.transaction() as tx:
        assert await Evaluations(tx).count(FIRST, YEAR) == 1
        with pytest.raises(Refused, match=r"evaluation\.sealed"):
            await Evaluations(tx).of(FIRST, YEAR)
        await Assessments(tx).close(assessment_id(FIRST, YEAR), NOW)
        [row] = await Evaluations(tx).of(FIRST, YEAR)
        assert (str(row.total), row.comment) == ("80.00", "示例意见")


async def test_the_closing_waits_for_points_that_are_being_given(database: Database) -> None:
    await assessed(database)
    one, _ = await invited(database)

    async def close() -> int:
        async with database.transaction() as tx:
            await Assessments(tx).close(assessment_id(FIRST, YEAR), NOW)
            return len(await Evaluations(tx).of(FIRST, YEAR))

    async with database.transaction() as tx:
        await Evaluators(tx).task(one, FIRST)
        closing = asyncio.create_task(close())
        await asyncio.sleep(0.2)
        assert not closing.done()
    assert await closing == 0
    async with database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(tables.evaluations)) == 0
