"""The credit account in words: every entry with its points, the new total and grade, and the rule behind it (A9)."""

from collections.abc import Iterable, Mapping

from bot.words import Words
from domain.calendar import business_day
from domain.policy.credit_account import (
    PRINCIPLE,
    CreditChange,
    CreditReason,
    clause_of,
    plain,
    start_of_account,
)
from persistence.credit_accounts import LeadStands
from persistence.credit_entries import CreditEntry

_SENTENCE = {
    CreditReason.ON_TIME: "credit_account.on_time",
    CreditReason.LATE: "credit_account.late",
    CreditReason.MISSING: "credit_account.missing",
    CreditReason.RETURNED_TWICE: "credit_account.returned_twice",
    CreditReason.RECTIFICATION_OVERDUE: "credit_account.rectification_overdue",
    CreditReason.DISHONEST: "credit_account.dishonest",
    CreditReason.SERIOUSLY_DISHONEST: "credit_account.seriously_dishonest",
    CreditReason.REPAIRED: "credit_account.repaired",
    CreditReason.CORRECTED: "credit_account.corrected",
}


def explain(words: Words, change: CreditChange) -> str:
    """What was booked and why, the total and grade afterwards, and the rule."""
    return explained(words, change.params())


def explained(words: Words, params: Mapping[str, str]) -> str:
    """The same from the parameters of a notice, which hold `CreditChange.params()`."""
    text = _sentence(words, params)
    if params["grade"] != params["grade_before"]:
        text += words.say("credit_account.graded", before=params["grade_before"], grade=params["grade"])
    return text + _cite(words, params["clause"])


def account(words: Words, stands: LeadStands, entries: Iterable[CreditEntry]) -> str:
    """How a lead stands, and entries of its account in the order given."""
    if stands.total is None:
        start = plain(start_of_account(stands.day))
        lines = [words.say("credit_account.not_graded", lead=stands.lead, start=start)]
    else:
        known = {"lead": stands.lead, "grade": stands.grade, "total": plain(stands.total)}
        lines = [words.say("credit_account.head", **known)]
    if stands.listed:
        lines.append(words.say("credit_account.listed", clause=PRINCIPLE.cite()))
    lines += [_line(words, entry) for entry in entries]
    return "\n".join(lines) + _cite(words, clause_of(CreditReason.CORRECTED, stands.day).cite())


def _line(words: Words, entry: CreditEntry) -> str:
    text = _sentence(words, entry.change.params())
    return words.say("credit_account.line", on=business_day(entry.at), text=text)


def _sentence(words: Words, params: Mapping[str, str]) -> str:
    known = words.named(params)
    number = known.get("document_no")
    return words.say(
        _SENTENCE[CreditReason(params["credit"])],
        what=_what(words, known),
        document=words.say("credit_account.document", document_no=number) if number else "",
        change=_change(words, params["points"]),
        total=params["total"],
        grade=params["grade"],
    )


def _what(words: Words, known: Mapping[str, str]) -> str:
    """What was reported; nothing where an entry is about no report."""
    named = {"period": known.get("period", ""), "kind": known.get("kind", "")}
    return words.say("credit_account.what", **named).strip()


def _change(words: Words, points: str) -> str:
    if points == "0":
        return words.say("credit_account.same")
    code = "credit_account.gain" if points.startswith("+") else "credit_account.loss"
    return words.say(code, points=points.lstrip("+-"))


def _cite(words: Words, scoring: str) -> str:
    return words.say("cite.clause", clause=f"{PRINCIPLE.cite()}、{scoring}")
