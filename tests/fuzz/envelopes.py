"""Deliveries at WeCom's callback: right, wrong, and by somebody else."""

import time
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from wechatpy.enterprise.crypto import WeChatCrypto

from tests.fuzz.noise import Noise, classes
from tests.peers.wecom_member import AES_KEY, AGENT_ID, CORP_ID, TOKEN

Delivery = tuple[dict[str, str], bytes | None]
"""The query and the body; without a body it is the check of the address."""

_KINDS = ("text", "image", "voice", "location", "link", "event", "text")
_EVENTS = ("template_card_event", "click", "subscribe", "enter_agent", "LOCATION", "x")


class Envelopes:
    """Made from noise."""

    def __init__(self, noise: Noise) -> None:
        self._noise, self._random = noise, noise.random
        self._ours = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)
        self._theirs = WeChatCrypto(TOKEN, AES_KEY[::-1].translate({ord("="): "A"}), CORP_ID)
        self._elsewhere = WeChatCrypto(TOKEN, AES_KEY, "wwelsewhere00000")

    def any(self) -> Delivery:
        """One of all."""
        dice = self._random.random()
        if dice < 0.08:
            return self._query(), None
        if dice < 0.3:
            return self._query(), self._noise.xml()
        if dice < 0.5:
            return self.sealed(self._noise.xml().decode("utf-8", "replace"))
        query, body = self.sealed(self._message())
        if dice < 0.65:
            return query | {self._random.choice([*query]): self._noise.text(20)}, body
        if dice < 0.75:
            assert body
            place = self._random.randrange(len(body))
            return query, body[:place] + self._random.randbytes(2) + body[place + 2 :]
        if dice < 0.8:
            return self.sealed(self._message(), self._random.choice((self._theirs, self._elsewhere)))
        return query, body

    def sealed(self, inner: str, crypto: WeChatCrypto | None = None) -> Delivery:
        """Signed and encrypted as WeCom does it, or somebody else."""
        timestamp, nonce = str(int(time.time())), str(self._random.randrange(2**31))
        sealed = (crypto or self._ours).encrypt_message(inner, nonce, timestamp)
        found = {child.tag: child.text or "" for child in ElementTree.fromstring(sealed)}
        query = {"msg_signature": found["MsgSignature"], "timestamp": timestamp, "nonce": nonce}
        return query, f"<xml><Encrypt>{found['Encrypt']}</Encrypt></xml>".encode()

    def _message(self) -> str:
        """A member whom nobody knows says something, in every field something else than is expected at times."""
        number = self._random.randrange(2**62)
        fields = {
            "ToUserName": CORP_ID if self._random.random() < 0.95 else self._noise.text(20),
            "FromUserName": f"stranger{number % 40}",
            "CreateTime": str(1_700_000_000 + number % 1000)
            if self._random.random() < 0.95
            else self._noise.text(9),
            "MsgType": self._random.choice(_KINDS),
            "Content": self._noise.text(),
            "MediaId": self._noise.text(20),
            "MsgId": str(number),
            "AgentID": str(AGENT_ID) if self._random.random() < 0.95 else "1",
            "Event": self._random.choice(_EVENTS),
            "EventKey": self._noise.forged(classes(), ("base-fuzz-03-1",)),
            "TaskId": self._random.choice(("jb-1", f"jb-{number}", self._noise.text(10))),
            "ResponseCode": self._noise.text(10),
        }
        return "<xml>" + "".join(f"<{k}>{escape(_allowed(v))}</{k}>" for k, v in fields.items()) + "</xml>"

    def _query(self) -> dict[str, str]:
        names = ("msg_signature", "timestamp", "nonce", "echostr")
        return {name: self._noise.text(40) for name in names if self._random.random() < 0.8}


def _allowed(text: str) -> str:
    """XML has no control characters, whatever a person types."""
    return "".join(c for c in text if c in "\t\n\r" or (ord(c) >= 32 and ord(c) not in (0xFFFE, 0xFFFF)))
