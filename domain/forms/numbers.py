"""Numbers as people type them: 1,200 · １２００ · 1.2万 · 32人次 all work; 三十二 does not."""

import re
import unicodedata
from decimal import Decimal

_FACTORS = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_PLAIN = re.compile(r"[+-]?(\d+(,\d{3})*|\d{1,3}(,\d{3})+)?(\.\d+)?")


_VAGUE = re.compile(
    r"(大?约|大概|将近|接近|近|超过|不到|至少|多于|少于)\d.*|\d.*(左右|上下|多|余|来|几|以上|以下)\D{0,4}"
)

_LONGEST_VAGUE = 20


class NotANumberError(ValueError):
    """The text is not a number."""


def parse_number(text: str, unit: str) -> Decimal:
    """The value of `text` in `unit`. A trailing 万 or 亿 multiplies; the unit itself may be written behind.

    In 万元, 「1.2万」 is 12000 (the figure as typed), 「1200万元」 is 1200, 「1.2亿元」 is 12000 and 「5000元」 is 0.5.
    Raises NotANumberError.
    """
    body = unicodedata.normalize("NFKC", text).replace(" ", "").replace("，", ",")
    if unit == "万元" and body.endswith("元"):
        return _in_wan(body.removesuffix("元"))
    body = body.removesuffix(unit) if unit else body
    return _scaled(body)


def _in_wan(body: str) -> Decimal:
    return _scaled(body) / _FACTORS["万"]


def _scaled(body: str) -> Decimal:
    figure = body.rstrip("万亿")
    if not figure or not _PLAIN.fullmatch(figure):
        raise NotANumberError(body)
    try:
        value = Decimal(figure.replace(",", ""))
        for factor in body[len(figure) :]:
            value *= _FACTORS[factor]
    except ArithmeticError as e:
        raise NotANumberError(body) from e
    return value


def is_vague(text: str) -> bool:
    """Whether the text is a number, but not an exact one: 约 32, 30 多人次."""
    body = "".join(unicodedata.normalize("NFKC", text).split())
    return len(body) <= _LONGEST_VAGUE and _VAGUE.fullmatch(body) is not None
