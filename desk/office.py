"""The office's desk, to be looked at: where each base stands and whom it waits for."""

import asyncio
import logging

from nicegui import ui

from desk.bubbles import long_time
from desk.feed import OUTAGES
from desk.look import away_line, dress
from desk.services import DeskServices
from domain.calendar import last_day_before
from persistence.bases import BaseFilter, BaseRow, Bases

_LOG = logging.getLogger(__name__)
_REFRESH_SECONDS = 2.0
_READ_SECONDS = 2.0
_SHOWN = 500
_COLUMNS = ("基地", "牵头单位", "级别", "城市", "阶段", "等待", "期限", "逾期")


def line(row: BaseRow) -> dict[str, str]:
    """A base as a line of the table."""
    due = f"{last_day_before(row.first_due):%Y-%m-%d}" if row.first_due else "—"
    cells = (
        row.name,
        row.lead,
        row.level,
        row.city,
        row.stage,
        row.waits_for,
        due,
        "逾期" if row.overdue else "",
    )
    return {"id": row.id} | dict(zip(_COLUMNS, cells, strict=True))


class Office:
    """The page."""

    def __init__(self, services: DeskServices) -> None:
        self._services = services

    async def open(self) -> None:
        """Draw the page and keep it up to date."""
        dress()
        self._away = away_line()
        with ui.element("main").classes("jb-desk"):
            ui.html("<h1>基地一览</h1>", sanitize=False)
            self._now = ui.label("").classes("jb-now")
            ui.label("本页只供查看；决定目前通过接口作出（POST /api/bases/{id}/decisions）。")
            columns = [
                {"name": c, "label": c, "field": c, "align": "left", "sortable": True} for c in _COLUMNS
            ]
            self._table = ui.table(columns=columns, rows=[], row_key="id", pagination=50).props(
                "dense flat no-data-label=还没有基地"
            )
        await self._read()
        ui.timer(_REFRESH_SECONDS, self._read)

    async def _read(self) -> None:
        now = self._services.clock.now()
        self._now.set_text(long_time(now))
        try:
            async with asyncio.timeout(_READ_SECONDS), self._services.database.transaction() as tx:
                found = await Bases(tx).find(BaseFilter(), now, limit=_SHOWN)
        except OUTAGES as e:
            if not self._away.visible:  # once per outage
                _LOG.warning("the desk cannot be read: %r", e)
            self._away.set_visibility(True)
            return
        self._away.set_visibility(False)
        lines = [line(row) for row in found]
        if lines != self._table.rows:
            self._table.rows = lines
