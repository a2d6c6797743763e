"""回避 (B13): an expert does not judge an application in which the own organisation takes part."""

import unicodedata
from collections.abc import Iterable

from domain.policy.source import ours

RECUSAL = ours("评议回避")
OWN_ORGANISATION = "所在单位参与申报"
"""The reason on record when the recusal comes by itself."""


def same_name(name: str) -> str:
    """A name as it is compared: without differences of width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def takes_part(organisation: str, parties: Iterable[str]) -> bool:
    """Whether an organisation is among those named in an application: lead, partners, operator."""
    return same_name(organisation) in {same_name(party) for party in parties}
