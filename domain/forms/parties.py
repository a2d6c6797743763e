"""Parties as people type them: one per line, 名称，类型，统一社会信用代码，主管部门."""

import re
import unicodedata

from domain.application import Party, PartyKind

ENTERPRISE_DEPARTMENTS = ("省国资委", "省工业和信息化厅", "省小企业发展促进局")
"""Who reviews an enterprise, each in its own field (B9)."""

_SEPARATOR = re.compile(r"[，,]")
_CREDIT_CODE = re.compile(r"[0-9A-Z]{18}")
_KINDS = frozenset(map(str, PartyKind))
_LONGEST = 100


class NotAPartyError(ValueError):
    """A line that names no party; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_party(line: str) -> Party:
    """The party of one line. Code and department may be left out, but not the department of an enterprise."""
    fields = [field.strip() for field in _SEPARATOR.split(line)]
    if not 2 <= len(fields) <= 4 or not all(fields[:2]):
        raise NotAPartyError("answer.party_fields")
    name, kind, credit_code, department = (*fields, "", "")[:4]
    credit_code = unicodedata.normalize("NFKC", credit_code).upper()
    if max(len(name), len(department)) > _LONGEST:
        raise NotAPartyError("answer.party_too_long")
    if kind not in _KINDS:
        raise NotAPartyError("answer.party_kind")
    if credit_code and not _CREDIT_CODE.fullmatch(credit_code):
        raise NotAPartyError("answer.party_code")
    if kind == PartyKind.ENTERPRISE and department not in ENTERPRISE_DEPARTMENTS:
        raise NotAPartyError("answer.party_department")
    return Party(name=name, kind=PartyKind(kind), credit_code=credit_code, department=department)
