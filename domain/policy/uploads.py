"""When a document of an application may still be handed in (B17, B20): the start of an upload counts, not its end."""

from datetime import datetime, timedelta

from domain.calendar import SHANGHAI, business_day
from domain.errors import Refused
from domain.lifecycle import Step
from domain.policy.materials import MATERIALS, MaterialItem
from domain.policy.rounds import SUBMISSION_DEADLINE
from domain.policy.source import CALL_DATE, Dated, call, on, ours

MATERIALS_LIST = call("附件3")
APPLYING = call("五(一)")
LINK_DAYS = (Dated(CALL_DATE, 7, ours("上传链接有效期")),)
SHEET_BYTES = (Dated(CALL_DATE, 2 * 1024 * 1024, ours("填报模板")),)
"""A form that was filled in as a sheet is a hundredth of it."""


def item_of(key: str) -> MaterialItem:
    """One kind of document. Raises Refused for what 附件3 does not know, naming what it does."""
    found = next((item for item in MATERIALS if item.key == key), None)
    if found is None:
        known = "、".join(f"{item.label}（{item.key}）" for item in MATERIALS)
        raise Refused("upload.unknown_item", MATERIALS_LIST, item=key[:60], known=known)
    return found


def check_open(step: Step, deadline: datetime | None, started_at: datetime, *, asked_again: bool) -> None:
    """Refuse an upload that began too late. What was returned in the formal review is `asked_again` (补正)."""
    if asked_again and step is Step.FORMAL_REVIEW:
        return
    if deadline and started_at >= deadline and step in (Step.PREPARING, Step.WITHDRAWN):
        raise Refused(
            "upload.too_late", SUBMISSION_DEADLINE, last=_minute(deadline), started=_minute(started_at)
        )
    if step is not Step.PREPARING:
        raise Refused("upload.closed", APPLYING, step=step)


def link_expires(now: datetime) -> datetime:
    """When an upload link made `now` stops working."""
    return now + timedelta(days=on(LINK_DAYS, business_day(now)).value)


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
