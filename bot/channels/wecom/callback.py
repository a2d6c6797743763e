"""WeCom's callback: what it delivers is checked, decrypted, kept, and answered at once."""

import asyncio
import hmac
import logging
import struct
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.enterprise.exceptions import InvalidCorpIdException
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import WeChatSigner

from bot.channels.wecom.arrivals import read
from persistence.database import Database
from persistence.wecom import WeComInbox

_ANSWERED_WITHIN = 4.0
"""Seconds. WeCom waits for five, then it delivers again."""

_GARBAGE = (
    ValueError,
    struct.error,
    IndexError,
    KeyError,
    TypeError,
    ElementTree.ParseError,
    DefusedXmlException,
)
_LOG = logging.getLogger(__name__)


class Keys(NamedTuple):
    """What both sides know."""

    token: str
    aes_key: str
    corp_id: str
    agent_id: int


class Callback:
    """The way in of one app; see `api/wecom.py` for the route."""

    def __init__(self, keys: Keys, database: Database) -> None:
        self._crypto = WeChatCrypto(keys.token, keys.aes_key, keys.corp_id)
        self._keys, self._database = keys, database

    def echo(self, query: Mapping[str, str]) -> str | None:
        """What is to be answered when the address is entered at WeCom; None if it is not WeCom that asks."""
        try:
            return self._decrypted(query, query.get("echostr", ""))
        except _GARBAGE:
            return None

    async def take(self, query: Mapping[str, str], body: bytes) -> HTTPStatus:
        """Keep what was delivered; the status to answer with. Raises if it cannot be kept: it is delivered again."""
        try:
            encrypted = _fields(body)["Encrypt"]
            told = self._decrypted(query, encrypted)
            if told is None:
                return HTTPStatus.FORBIDDEN
            fields = _fields(told.encode())
            if not self._is_ours(fields):
                _LOG.warning("a callback for another app came: is its address entered there too?")
                return HTTPStatus.FORBIDDEN
            found = read(fields)
        except _GARBAGE as e:
            _LOG.info("a callback made no sense: %s", type(e).__name__)
            return HTTPStatus.BAD_REQUEST
        if found:
            async with asyncio.timeout(_ANSWERED_WITHIN), self._database.transaction() as tx:
                await WeComInbox(tx).put(found.key, found.userid, found.arrival.model_dump())
        return HTTPStatus.OK

    def _decrypted(self, query: Mapping[str, str], encrypted: str) -> str | None:
        """None unless signature and receiver are right."""
        signature = query.get("msg_signature", "")
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        signer = WeChatSigner()
        signer.add_data(self._keys.token, timestamp, nonce, encrypted)
        if not hmac.compare_digest(signer.signature.encode(), signature.encode()):
            return None
        try:
            return str(self._crypto.check_signature(signature, timestamp, nonce, encrypted))
        except (InvalidSignatureException, InvalidCorpIdException):
            return None

    def _is_ours(self, fields: Mapping[str, str]) -> bool:
        """Changes of the address book come without an app; they are of no use here."""
        agent = fields.get("AgentID", str(self._keys.agent_id))
        return agent == str(self._keys.agent_id) and fields.get("ToUserName") == self._keys.corp_id


def _fields(document: bytes) -> dict[str, str]:
    """The elements under the root, by name. No entities, no DTD."""
    root = ElementTree.fromstring(document, forbid_dtd=True)
    return {child.tag: child.text or "" for child in root}
