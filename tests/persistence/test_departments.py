"""行业主管部门 of a base (B10): from its lead's part in the application once it is published, or as it was imported."""

from datetime import date

import pytest

from activities.records import RecordsActivities
from domain.base import BaseState
from domain.lifecycle import DecisionKind, Step
from domain.terms import LeadKind
from persistence.applications import Applications
from persistence.bases import Bases
from persistence.database import Database
from tests.policy.applicants import values_of
from tests.support import LEAD, OFFICE, at, register, state_of
from workflows.messages import DecisionRecord

BASE = "base-2021-03-1"
NOW = at("2022-03-01 10:00")


async def department(database: Database) -> str | None:
    async with database.transaction() as tx:
        return await Bases(tx).department_of(BASE)


async def applied(database: Database, **values: str) -> None:
    """What the base says in its application."""
    async with database.transaction() as tx:
        rows = Applications(tx)
        await rows.create(BASE, LEAD, NOW)
        await rows.save(await rows.get(BASE), LEAD, NOW, values=values)


async def published(database: Database, kind: DecisionKind = DecisionKind.PUBLISH) -> None:
    state = state_of(BASE, Step.PILOT, published_on=date(2022, 3, 1)).model_copy(update={"seq": 1})
    detail = {"official_name": "示例大数据平台", "document_no": "示例〔2022〕1号"}
    record = DecisionRecord(state=state, at=NOW, kind=kind, by=OFFICE, detail=detail)
    await RecordsActivities(database).record_decision(record)


def awaiting() -> BaseState:
    return state_of(BASE, Step.PUBLICATION)


@pytest.mark.rule("B10")
async def test_a_published_base_is_guided_by_the_department_that_its_lead_named(database: Database) -> None:
    await register(database, awaiting())
    await applied(database, **values_of(LeadKind.SCHOOL))
    assert await department(database) is None, "an application has none yet"
    await published(database)
    assert await department(database) == "省教育厅"


@pytest.mark.parametrize("lead", ["示例职业技术大学，院校，，", ""])
async def test_without_a_named_department_what_is_known_stays(database: Database, lead: str) -> None:
    await register(database, awaiting())
    async with database.transaction() as tx:
        await Bases(tx).set_department(BASE, "省人力资源社会保障厅")
    await applied(database, **({"lead": lead} if lead else {}))
    await published(database)
    assert await department(database) == "省人力资源社会保障厅"


async def test_a_base_that_was_published_without_an_application_has_none(database: Database) -> None:
    await register(database, awaiting())
    await published(database)
    assert await department(database) is None
