"""Signed links from a chat to a page: over which a contact hands in files, and an official reads them.

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


class Purpose(StrEnum):
    """What is handed in, or read."""

    EVIDENCE = "evidence"  # the files of one question
    SHEET = "sheet"  # the form, filled in as a sheet
    READING = "files"  # the files of what an official is to decide about


class Allowed(NamedTuple):
    """What a link is for: the number of an obligation, and the contact that answers for it."""

    obligation_no: int
    contact: int


class Link(NamedTuple):
    """A token, and the instant after which it works no more."""

    token: str
    expires_at: datetime


async def link_for(database: Database, purpose: Purpose, allowed: Allowed, now: datetime) -> Link:
    """A link for a contact's obligation; see `signed`."""
    return await signed(database, purpose, str(allowed.obligation_no), allowed.contact, now)


async def redeem(database: Database, purpose: Purpose, token: str, now: datetime) -> Allowed:
    """What a token of `link_for` allows. Raises NotFound as `opened`."""
    subject, contact = await opened(database, purpose, token, now)
    return Allowed(int(subject), contact)


async def signed(database: Database, purpose: Purpose, subject: str, contact: int, now: datetime) -> Link:
    """A link for a person about something; the same all day long, so that what is shown again is the same.

    `now` is the machine's time.
    """
    expires = start_of(business_day(link_expires(now)))
    said = f"{subject}.{contact}.{int(expires.timestamp())}"
    signature = await _signature(database, purpose, said)
    return Link(base64.urlsafe_b64encode(f"{said}.{signature}".encode()).decode().rstrip("="), expires)


async def opened(database: Database, purpose: Purpose, token: str, now: datetime) -> tuple[str, int]:
    """What a token is about, and for whom. Raises NotFound for one that was not made here, is for something else, or
    has expired."""
    said, _, signature = _decoded(token).rpartition(".")
    known = await _signature(database, purpose, said)
    if not hmac.compare_digest(known.encode(), signature.encode()):
        raise NotFound("upload.invalid_link")
    subject, contact, until = said.rsplit(".", 2)  # what is signed here is made of these
    if now.timestamp() >= int(until):
        raise NotFound("upload.invalid_link")
    return subject, int(contact)


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


async def _signature(database: Database, purpose: Purpose, said: str) -> str:
    async with database.transaction() as tx:
        key = await SharedKeys(tx).get(_KEY)
    return hmac.new(key, f"{purpose}.{said}".encode(), hashlib.sha256).hexdigest()
