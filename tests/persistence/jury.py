"""Applications in the expert review, and experts who judge them."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert

from domain.lifecycle import Step
from domain.policy.rubric import METHODS
from persistence import tables
from persistence.database import Database
from persistence.review import ExpertRow, Experts, Scores
from tests.support import at, register, state_of

NOW = at("2022-02-15 10:00")
EXPIRES = NOW + timedelta(days=30)
FIRST, SECOND, ELSEWHERE = "base-2021-03-1", "base-2021-03-2", "base-2021-04-1"
PARTNER, OPERATOR = "示例科技（集团）有限公司", "示例运营有限公司"
POINTS = {
    key: Decimal(80) for key in ("majors", "strength", "plan", "cooperation", "funds", "support", "benefit")
}
"""Eighty for each item of the rubric for schools."""


async def application(database: Database, base_id: str = FIRST, step: Step = Step.EXPERT_REVIEW) -> str:
    """An application of 示例职业技术大学 with a partner and an operator."""
    state = state_of(base_id, step)
    direction = int(base_id.split("-")[2])
    facts = state.facts.model_copy(update={"direction": direction})
    await register(database, state.model_copy(update={"facts": facts}))
    values = {
        "lead": "示例职业技术大学，院校，，省教育厅",
        "partners": f"{PARTNER}，企业，，省国资委",
        "operator": OPERATOR,
    }
    new = insert(tables.applications).values(base_id=base_id, values=values, draft={})
    async with database.transaction() as tx:
        await tx.execute(new.values(updated_at=NOW, updated_by="contact:1"))
    return base_id


async def invited(
    database: Database,
    name: str = "示例专家甲",
    organisation: str = "示例大学",
    directions: tuple[int, ...] = (3,),
) -> tuple[ExpertRow, str]:
    """An expert and the token of the link."""
    async with database.transaction() as tx:
        experts = Experts(tx)
        _, token = await experts.invite("2021", name, organisation, "13800000000", directions, EXPIRES)
        return await experts.by_token(token, NOW), token


async def puts(
    database: Database, expert: ExpertRow, base_id: str = FIRST, total: Decimal = Decimal("80.00")
) -> None:
    """The expert gives a score."""
    async with database.transaction() as tx:
        await Scores(tx).put(expert, base_id, POINTS, total, METHODS[0], "示例意见", NOW)


async def closed(database: Database) -> None:
    """The review is over."""
    async with database.transaction() as tx:
        await Scores(tx).close("2021", NOW)
