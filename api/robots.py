"""A question that people answer and simple robots do not: without scripts, third parties or anything kept."""

import hmac
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.errors import Refused
from domain.policy.objections import OBJECTION

VALID = timedelta(hours=1)
KEY = "robots"
"""Name of the key of the seals: a form that one process made is taken by another."""
_EXPIRES = re.compile(r"\d{1,12}", re.ASCII)
_NUMBERS = "零一二三四五六七八九"


class Question(NamedTuple):
    """What is asked, and the seal that goes with the form and tells nothing of the answer."""

    text: str
    seal: str


def ask(key: bytes, form: str, now: datetime) -> Question:
    """A sum for one form, to be answered within the hour. `now` is the machine's time."""
    first, second = secrets.randbelow(9) + 1, secrets.randbelow(9) + 1
    expires = str(int((now + VALID).timestamp()))
    text = f"{_NUMBERS[first]}加{_NUMBERS[second]}等于几？"
    return Question(text, f"{expires}.{_sign(key, form, expires, first + second)}")


def check(key: bytes, form: str, seal: str, answer: str, now: datetime) -> None:
    """Raises Refused for a wrong answer, a seal of another form, or one that is more than an hour old."""
    expires, _, signature = seal.partition(".")
    if not _EXPIRES.fullmatch(expires) or int(expires) < now.timestamp():
        raise Refused("objection.form_expired", OBJECTION)
    if not hmac.compare_digest(_sign(key, form, expires, _number(answer)).encode(), signature.encode()):
        raise Refused("objection.wrong_answer", OBJECTION)


def _sign(key: bytes, form: str, expires: str, answer: int | None) -> str:
    return hmac.new(key, f"{form}|{expires}|{answer}".encode(), "sha256").hexdigest()


def _number(answer: str) -> int | None:
    """In digits of any width, or in words up to 十八."""
    text = unicodedata.normalize("NFKC", answer).strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    tens, ten, ones = text.rpartition("十")
    if tens or len(ones) > 1 or not (ten or ones) or (ones and ones not in _NUMBERS):
        return None
    return (10 if ten else 0) + (_NUMBERS.index(ones) if ones else 0)
