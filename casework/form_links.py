"""Signed links over which a contact hands in files for a form: for chats in which files cannot be sent.

What a link is for is signed with it: one for the files of a question does not open the page for sheets.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.calendar import business_day, start_of
from domain.errors import NotFound
from domain.policy.uploads import link_expires
from persistence.database import Database
from persistence.shared_keys import SharedKeys

_KEY = "evidence_links"  # as it was called first
_PARTS = 3


class Purpose(StrEnum):
    """What is handed in."""

    EVIDENCE = "evidence"  # the files of one question
    SHEET = "sheet"  # the form, filled in as a sheet


class Allowed(NamedTuple):
    """What a link is for: the number of an obligation, and the contact that answers for it."""

    obligation_no: int
    contact: int


class Link(NamedTuple):
    """A token, and the instant after which it works no more."""

    token: str
    expires_at: datetime


async def link_for(database: Database, purpose: Purpose, allowed: Allowed, now: datetime) -> Link:
    """A link; the same all day long, so that what is shown again is the same. `now` is the machine's time."""
    expires = start_of(business_day(link_expires(now)))
    said = f"{allowed.obligation_no}.{allowed.contact}.{int(expires.timestamp())}"
    signature = await _signature(database, purpose, said)
    return Link(base64.urlsafe_b64encode(f"{said}.{signature}".encode()).decode().rstrip("="), expires)


async def redeem(database: Database, purpose: Purpose, token: str, now: datetime) -> Allowed:
    """What a token allows. Raises NotFound for one that was not made here, is for something else, or has expired."""
    said, _, signature = _decoded(token).rpartition(".")
    known = await _signature(database, purpose, said)
    if not hmac.compare_digest(known.encode(), signature.encode()):
        raise NotFound("upload.invalid_link")
    numbers = [int(part) for part in said.split(".")]  # what is signed here is made of these
    if len(numbers) != _PARTS or now.timestamp() >= numbers[2]:
        raise NotFound("upload.invalid_link")
    return Allowed(numbers[0], numbers[1])


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


async def _signature(database: Database, purpose: Purpose, said: str) -> str:
    async with database.transaction() as tx:
        key = await SharedKeys(tx).get(_KEY)
    return hmac.new(key, f"{purpose}.{said}".encode(), hashlib.sha256).hexdigest()
