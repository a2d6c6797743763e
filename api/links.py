"""Personal links that are given out for months: how long they may last."""

from datetime import date, datetime, timedelta

from fastapi import HTTPException
from pydantic import BaseModel

from domain.calendar import business_day, end_of

LINK_AT_MOST = timedelta(days=10 * 365)


class LinkOut(BaseModel):
    """Somebody's own link, shown this once."""

    id: int
    link: str
    expires_at: datetime


def link_end(expires_on: date, now: datetime) -> datetime:
    """The first instant at which a link no longer works. HTTP 422 for one that lasts too long."""
    if expires_on > business_day(now) + LINK_AT_MOST:
        raise HTTPException(422, f"链接的有效期不能超过 {LINK_AT_MOST.days // 365} 年。")
    return end_of(expires_on)
