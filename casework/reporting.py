"""The province's reports from the first draft to their release (A14). The office only."""

import asyncio
import hashlib
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from casework.report_file import check_report
from casework.reports import draft
from domain.calendar import BusinessTime, Period, business_day
from domain.decisions import Actor, Text
from domain.errors import NotFound, Stale
from domain.policy.province_reports import (
    REPORTS,
    check_begun,
    check_office,
    check_release,
    check_replaced,
    title_of,
)
from domain.province_report import report_of
from persistence.database import Database
from persistence.report_figures import ReportFigures
from persistence.reports import ReportRow, Reports

Medium = Annotated[Text, Field(min_length=2, max_length=50)]


class Release(BaseModel):
    """That a report is out: on which day, and in which main media of the province."""

    model_config = ConfigDict(extra="forbid")

    on: date
    media: tuple[Medium, ...] = Field((), max_length=30, description="省内主要媒体名称，半年报告至少一家")
    title: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    version: int | None = Field(None, description="要发布的版本；不是最新版本时拒绝")


class Reporting(NamedTuple):
    """What is done with the report of a period. Every step raises NotAllowed for whoever is not the office."""

    database: Database
    clock: BusinessTime

    async def drafted(self, period: Period, by: Actor) -> bytes:
        """A DOCX drafted from the figures as they are now. Raises Refused before the period has begun."""
        check_office(by)
        today = business_day(self.clock.now())
        check_begun(period, today)
        async with self.database.transaction() as tx:
            facts = await ReportFigures(tx).facts(period, today)
        return await asyncio.to_thread(draft, report_of(facts), today)

    async def hand_in(
        self, period: Period, content: bytes, filename: str, reason: str, by: Actor
    ) -> ReportRow:
        """Keep an edited report as its newest version; the same file again is the same version.

        Raises Refused for what is no finished DOCX, or if a released one would be replaced silently.
        """
        check_office(by)
        now = self.clock.now()
        check_begun(period, business_day(now))
        await asyncio.to_thread(check_report, content, business_day(now))
        async with self.database.transaction() as tx:
            reports = Reports(tx)
            await reports.hold(str(period))
            known = await reports.of(str(period))
            if known and known[0].sha256 == hashlib.sha256(content).hexdigest():
                return known[0]
            check_replaced(any(row.released_on for row in known), reason)
            await reports.add(str(period), content, filename, reason, by, now)
            return (await reports.of(str(period)))[0]

    async def release(self, period: Period, wanted: Release, by: Actor) -> ReportRow:
        """Record that the newest version is out. The same again changes nothing. Raises Refused, NotFound, Stale."""
        check_office(by)
        now = self.clock.now()
        title = wanted.title or title_of(period)
        async with self.database.transaction() as tx:
            reports = Reports(tx)
            await reports.hold(str(period))
            newest = _newest(period, await reports.of(str(period)), wanted)
            if newest.released_on:
                if (newest.released_on, newest.media, newest.title) == (wanted.on, wanted.media, title):
                    return newest
                raise Stale("report.released", REPORTS, on=newest.released_on)
            check_release(period, wanted.on, wanted.media, business_day(now))
            await reports.release(newest, wanted.on, wanted.media, title, by, now)
            return (await reports.of(str(period)))[0]


def _newest(period: Period, known: list[ReportRow], wanted: Release) -> ReportRow:
    if not known:
        raise NotFound("report.not_found", id=str(period))
    if wanted.version not in (None, known[0].version):
        raise Stale("report.newer_version", REPORTS, newest=known[0].version)
    return known[0]
