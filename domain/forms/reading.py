"""What a person means by a text: an answer, several answers, a word that does something, or a question back.

Pure, and without the form: what only the form can tell (whether a line names one of its items) the dialogue decides.
"""

import re
import unicodedata

from domain.forms.files import typed
from domain.forms.said import Given, Said
from domain.views import Action

MOST_LINES = 60

_SKIP = re.compile(r"跳过(?:(?:这一?|本|该|此)项)?(?:[\s：:，,]+(?P<reason>.+))?", re.DOTALL)
_PICK = re.compile(r"(?:修?改|更正|重填)\s*第?\s*(?P<no>\d{1,2})\s*项?|第\s*(?P<item>\d{1,2})\s*项")
_CHANGE = re.compile(r"修?改\s*(?P<said>\d{1,2}\s*[=＝].*)", re.DOTALL)
_BARE = re.compile(r"\s*(?P<no>\d{1,2})\s*")
_SAME = frozenset({"同上", "和上月一样", "跟上月一样", "与上月相同", "和上期一样", "与上期相同"})
_HELP = frozenset(
    {"帮助", "?", "help", "你好", "您好", "你好啊", "在吗", "在么", "hi", "hello", "看不懂", "不会填"}
)
_HOW = re.compile(
    r".{0,10}(?:怎么|怎样|如何|咋)(?:样|去)?(?:填|写|答|算|报|弄|办|统计|计算|理解).{0,3}"
    r"|.{0,10}(?:什么|啥)意思.{0,2}"
    r"|.{0,4}填(?:什么|啥|多少|哪些).{0,2}"
)
_END = "？?！!。.~～ "
_LINE = re.compile(r"\S.*?(?:[=＝:：]|\s).*")


def read(text: str) -> Said:
    """What was typed. It names no file: a file is named only by whoever took it in."""
    text = typed(text)
    change = _CHANGE.fullmatch(text.strip())
    if change:
        text = change["said"]
    return _word(text) or Said(text=text, batch=_lines(text), item=_bare(text))


def _word(text: str) -> Said | None:
    """A text that is no answer, or stands for one."""
    said = unicodedata.normalize("NFKC", text).strip()
    skip, pick = _SKIP.fullmatch(text.strip()), _PICK.fullmatch(said)
    if skip:
        return Said(action=Action.SKIP, text=(skip["reason"] or "").strip())
    if pick:
        return Said(action=Action.PICK, text=text, item=int(pick["no"] or pick["item"]))
    if said in _SAME:
        return Said(action=Action.SAME, text=text)
    return Said(action=Action.HELP, text=text) if _asks_back(said) else None


def _asks_back(said: str) -> bool:
    """A greeting, or a question how to answer; not one that would be an answer itself."""
    asked = said.rstrip(_END).lower()
    return said in _HELP or asked in _HELP or _HOW.fullmatch(asked) is not None


def _bare(text: str) -> int | None:
    number = _BARE.fullmatch(text)
    return int(number["no"]) if number else None


def _lines(text: str) -> tuple[Given, ...]:
    """The lines of a text if each of them may be an answer with the item that it belongs to."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 1 < len(lines) <= MOST_LINES or not all(_LINE.fullmatch(line) for line in lines):
        return ()
    return tuple(Given(text=line) for line in lines)
