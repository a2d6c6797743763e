"""Texts by code. A missing text or value is an error at once, never a blank."""

import tomllib
from functools import cache
from pathlib import Path

from domain.errors import Refusal

_TEXTS = Path(__file__).parent / "texts"


def month_words(period: str) -> str:
    """2022-01 as 2022年1月."""
    year, month = period.split("-")
    return f"{year}年{int(month)}月"


class Words:
    """The words of one language."""

    def __init__(self, texts: dict[str, dict[str, str]]) -> None:
        self._texts = {
            f"{group}.{name}": text for group, names in texts.items() for name, text in names.items()
        }

    def __contains__(self, code: str) -> bool:
        return code in self._texts

    @property
    def codes(self) -> frozenset[str]:
        """All codes."""
        return frozenset(self._texts)

    def say(self, code: str, **params: object) -> str:
        """The text of a code with its values put in. KeyError if either is missing."""
        return self._texts[code].format_map({k: str(v) for k, v in params.items()})

    def refusal(self, refusal: Refusal) -> str:
        """Why something was refused, ending with the clause; below it, line by line, all that stands in the way."""
        params = refusal.params
        if "period" in params:
            params = params | {"period": month_words(params["period"])}
        lines = [self.say(refusal.code, **params) + self.cite(refusal)]
        for n, item in enumerate(refusal.items, 1):
            lines.append(self.say("refusal.item", n=n, text=self.refusal(item)))
        return "\n".join(lines)

    def cite(self, refusal: Refusal) -> str:
        """The clause in brackets, if a rule refused."""
        return self.say("cite.clause", clause=refusal.clause.cite()) if refusal.clause else ""


@cache
def chinese() -> Words:
    """The words of `texts/zh.toml`."""
    return Words(tomllib.loads((_TEXTS / "zh.toml").read_text("utf-8")))
