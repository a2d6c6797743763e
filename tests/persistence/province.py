"""Many bases and what they reported, written down directly."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import insert, update

from domain.calendar import Period
from domain.forms.registry import FORMS
from domain.policy.obligations import schedule
from domain.policy.rounds import ROUND_2021
from domain.terms import HANDED_IN, City, ObligationKind, ObligationState
from persistence.database import Database
from persistence.rounds import Rounds
from persistence.tables import bases, figures, obligations, suspensions
from tests.policy.published import DAYS_2026
from tests.support import at

KIND = ObligationKind.DISPATCH
STARTED = date(2025, 7, 1)


class Province:
    """Bases by number, and their reports by base and period."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._bases = 0

    async def base(
        self,
        city: City = City.TAIYUAN,
        department: str | None = "省教育厅",
        direction: int = 3,
        plan: str | None = "1200",
        opening: str | None = None,
        started: date | None = STARTED,
        gone: date | None = None,
        name: str = "",
    ) -> str:
        """A base in its pilot; its id."""
        self._bases += 1
        base_id = f"base-2021-{direction:02d}-{self._bases}"
        row = {
            "id": base_id,
            "code": base_id,
            "round": ROUND_2021.slug,
            "direction": direction,
            "name": name or f"示例基地{self._bases}",
            "lead": "示例大学",
            "lead_kind": "高等学校",
            "level": "省级",
            "city": city,
            "planned_total": Decimal(plan) if plan else None,
            "opening_total": Decimal(opening) if opening else None,
            "stage": "试点培育",
            "step": "培育建设",
            "since": at("2025-07-01 09:00"),
            "waiting_for": "时间届满",
            "pilot_start": started,
            "gone_on": gone,
            "department": department,
        }
        async with self.database.transaction() as tx:
            await Rounds(tx).add(ROUND_2021)
            await tx.execute(insert(bases).values(row))
        return base_id

    async def suspended(self, base_id: str, first: date, last: date | None = None) -> None:
        """The base stands still."""
        async with self.database.transaction() as tx:
            row = {"base_id": base_id, "first": first, "last": last, "reason": "示例"}
            await tx.execute(insert(suspensions).values(row))

    async def report(
        self,
        base_id: str,
        period: str = "2026-01",
        state: ObligationState = ObligationState.SUBMITTED,
        *,
        on_time: bool | None = True,
        version: int | None = None,
        kind: ObligationKind = KIND,
        locks: datetime | None = None,
        paused: bool = False,
        **values: str,
    ) -> str:
        """An obligation as it stands, with the figures of its newest version if any were handed in."""
        plan = schedule(kind, Period.parse(period), DAYS_2026, base_id)
        obligation_id = f"obligation-{base_id}-{kind}-{period}"
        number = version if version is not None else int(state in HANDED_IN)
        row = {
            "id": obligation_id,
            "base_id": base_id,
            "kind": kind,
            "period": period,
            "opens": plan.opens,
            "due": plan.due,
            "locks": locks or plan.locks,
            "state": state,
            "on_time": on_time,
            "tentative": False,
            "version": number,
            "paused": paused,
        }
        async with self.database.transaction() as tx:
            await tx.execute(insert(obligations).values(row))
        if number:
            await self.figures(obligation_id, number, values, kind)
        return obligation_id

    async def figures(
        self, obligation_id: str, version: int, values: Mapping[str, str], kind: ObligationKind = KIND
    ) -> None:
        """The figures of one version."""
        questions = FORMS[kind].by_key
        rows = [
            {
                "obligation_id": obligation_id,
                "version": version,
                "key": key,
                "number": Decimal(value) if questions[key].is_number else None,
                "text": None if questions[key].is_number else value,
            }
            for key, value in values.items()
        ]
        async with self.database.transaction() as tx:
            if rows:
                await tx.execute(insert(figures), rows)

    async def stands(self, obligation_id: str, **changes: object) -> None:
        """The obligation stands differently."""
        async with self.database.transaction() as tx:
            await tx.execute(update(obligations).where(obligations.c.id == obligation_id).values(changes))
