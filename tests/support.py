"""What several tests need: bases to begin with, a messenger that remembers, workers over both."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client

from activities.messages import MessageActivities
from app import workers
from domain.base import BaseFacts, BaseState
from domain.calendar import SHANGHAI, BusinessTime, Clock
from domain.decisions import Actor
from domain.delivery import Also
from domain.errors import DomainError
from domain.forms.assessment import ELEMENTS
from domain.forms.files import said_file
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021
from domain.terms import City, LeadKind, Level, ObligationKind, Role
from domain.views import Notice
from persistence.bases import Bases, NewBase
from persistence.database import Database
from persistence.people import People
from persistence.rounds import Rounds
from workflows.attributes import REGISTRY

T = TypeVar("T")

OFFICE = Actor(role=Role.OFFICE, id="token:test-office")
LEAD = Actor(role=Role.LEAD, id="contact:1")

FULL = {
    "invest_month": "120.50",
    "invest_total": "1120.50",
    "funds_central": "0",
    "funds_province": "0",
    "funds_bond": "0",
    "funds_loan": "0",
    "funds_self": "120.50",
    "progress": "主体结构封顶",
    "trainees_students": "320",
    "trainees_employees": "80",
    "trainees_rural": "0",
    "trainees_unemployed": "0",
    "trainees_veterans": "5",
    "certified": "60",
    "contests": "1",
    "teachers_dual": "25",
    "partners_new": "2",
    "income_training": "3.2",
    "income_tech": "0",
    "income_transfer": "0",
    "problems": "无",
    "help_from": "无",
}
"""One answer to each question of 月调度, in order."""

A_FILE = said_file("0a" * 32)
"""A file as whoever took it in says it; in a chat it is sent instead."""

FULL_BY_KIND = {
    ObligationKind.DISPATCH: FULL,
    ObligationKind.SUPERVISION: {
        "plan_progress": "按计划",
        "funds_as_approved": "是",
        "equipment": "示例实训设备 12 台套到位",
        "trainings": "420",
        "teachers": "选派 6 名教师到示例企业实践",
        "safety": "有隐患已整改",
        "compatible_share": "12.5",
        "land_split": "否",
        "income_uses": "1、2",
        "partners": "新增示例企业 2 家",
        "reform": "无",
        "rectified": "已全部整改",
        "problems": "无",
        "evidence": A_FILE,
    },
    ObligationKind.ASSESSMENT: {
        **{
            key: value
            for element in ELEMENTS
            for key, value in (
                (element.score_key, "88"),
                (element.note_key, f"示例：{element.label}有制度、有台账"),
            )
        },
        "self_summary": "示例：年度任务按计划完成",
        "tax_investment": "300",
        "tax_payable": "60",
        "training_funds": "100",
        "training_frontline": "65",
    },
    ObligationKind.PUBLICATION: {
        "published_on": "2026-07-20",
        "media": "示例日报",
        "title": "示例基地上半年运行情况",
        "reference": "第 3 版",
        "indicators": "实训 1200 人次，取证 300 人",
        "evidence": "无",
    },
    ObligationKind.REPORT: {
        "invest_year": "1800",
        "funds_year": "2000",
        "trainees_year": "5200",
        "certified_year": "900",
        "income_year": "160.5",
        "achievements": "示例：建成三个实训中心",
        "problems": "无",
        "next_plan": "示例：扩大社会培训",
        "report": A_FILE,
    },
    ObligationKind.RECTIFICATION: {
        "measures": "示例：更换老化线路并培训人员",
        "finished_on": "2026-05-12",
        "remaining": "无",
        "evidence": A_FILE,
    },
}
"""One answer to each question of every form, in order; the last four of 年考核 are asked of enterprises only."""


def at(text: str) -> datetime:
    """A Shanghai instant from `2026-03-02 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def clock_from(business: str, real: datetime | None = None, speed: float = 1.0) -> Clock:
    """A clock that shows `business` at the machine's instant `real` (now, if not given)."""
    return Clock(origin=real or datetime.now(UTC), business_origin=at(business), speed=speed)


def state_of(
    base_id: str = "base-2021-03-1",
    step: Step = Step.PREPARING,
    level: Level = Level.PROVINCE,
    published_on: date | None = None,
    since: datetime | None = None,
) -> BaseState:
    """A base of 太原 for 大数据."""
    facts = BaseFacts(
        base_id=base_id,
        round=ROUND_2021.slug,
        direction=3,
        direction_name="大数据",
        level=level,
        city=City.TAIYUAN,
        lead_kind=LeadKind.SCHOOL,
        deadline=ROUND_2021.deadline if step is Step.PREPARING else None,
    )
    return BaseState(facts=facts, step=step, since=since or at("2021-12-20 09:00"), published_on=published_on)


async def register(database: Database, state: BaseState, opening_total: str | None = None) -> int:
    """Write a base and one contact down; the contact's id."""
    async with database.transaction() as tx:
        await Rounds(tx).add(ROUND_2021)
        new = NewBase(
            code=state.facts.base_id,
            name=f"示例基地 {state.facts.base_id}",
            lead="示例职业技术大学",
            planned_total=Decimal(5000),
            opening_total=Decimal(opening_total) if opening_total else None,
        )
        await Bases(tx).add(new, state)
        contact = await People(tx).add("示例联系人")
        await People(tx).attach(contact, state.facts.base_id)
    return contact


async def register_attributes(client: Client) -> None:
    """What `temporal server start-dev --search-attribute` does for the embedded server."""
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=REGISTRY)
    await client.operator_service.add_search_attributes(request)


class Recorder:
    """A messenger that remembers instead of sending."""

    def __init__(self) -> None:
        self.sent: list[Notice] = []

    async def send(
        self,
        channel: str,
        external_id: str,
        notice: Notice,
        obligation_no: int | None,
        also: Sequence[Also] = (),
        again: bool = False,
    ) -> None:
        """Remember, also what went along in the same message."""
        self.sent += [notice, *(one.notice for one in also)]

    @property
    def kinds(self) -> list[str]:
        """Kinds in order of sending."""
        return [str(n.kind) for n in self.sent]


@asynccontextmanager
async def working(
    client: Client, database: Database, clock: BusinessTime, messenger: Recorder
) -> AsyncIterator[None]:
    """Workers over a client and a database."""
    async with workers.running(
        client,
        workers.record_keeping(database),
        [MessageActivities(database, messenger, clock)],
        messages_per_second=1000,
    ):
        yield


async def eventually(
    ask: Callable[[], Awaitable[T]], wanted: Callable[[T], bool] = bool, seconds: float = 20
) -> T:
    """Ask until the answer is as wanted; what takes longer is a failure that shows the last answer."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = await ask()
            if wanted(answer):
                return answer
            last: object = answer
        except DomainError as e:
            last = e
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last: {last!r}")
        await asyncio.sleep(0.05)
