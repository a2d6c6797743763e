"""The picture of a period in the words of one message: the main numbers. All of it is in the workbook."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from bot.reply import Reply
from bot.words import Words
from domain.calendar import SHANGHAI, Period, business_day
from domain.league import Counts, Dimension, Place
from domain.picture import Picture
from domain.policy.picture import HEADLINES, PLACES_IN_MESSAGE
from domain.policy.source import on

_OUTCOME = {
    "on_time": "digest.on_time",
    "late": "digest.late",
    "missing": "digest.missing",
    "open": "digest.open",
}
_ALWAYS = ("on_time", "late")
"""Told even if there is none."""


def digest(words: Words, picture: Picture) -> Reply:
    """What the office is told."""
    lines = [
        words.say("digest.head", title=picture.title, scope=picture.scope),
        _when(words, picture),
        *_reports(words, picture),
        *_investment(words, picture),
        *_headlines(words, picture),
        *_change(words, picture),
        *_help(words, picture),
        words.say("digest.more"),
    ]
    return Reply("\n".join(lines))


def _when(words: Words, picture: Picture) -> str:
    """How late it is for the period: a picture may go out later than on its day."""
    at = f"{picture.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if picture.locked:
        return words.say("digest.locked", locks=picture.locks, at=at)
    code = "digest.due" if business_day(picture.at) <= picture.due else "digest.overdue"
    return words.say(code, due=picture.due, locks=picture.locks, at=at)


def _reports(words: Words, picture: Picture) -> list[str]:
    counts = picture.counts
    if not counts.expected:
        return [words.say("digest.nobody")]
    rates = {"completeness": counts.completeness, "on_time": counts.on_time_rate}
    return [
        words.say("digest.counts", expected=counts.expected, parts="，".join(_parts(words, counts))),
        words.say("digest.rates", **rates),
        *_league(
            words,
            "digest.league_on_time",
            picture,
            [(p, p.on_time_rank) for p in picture.league(Dimension.CITY).places],
            lambda place: place.counts.on_time_rate,
        ),
    ]


def _parts(words: Words, counts: Counts) -> list[str]:
    """How those who owe the period stand, in parts that add up; and who was let off."""
    shares = counts.shares.model_dump() if counts.shares else {}
    said = [
        words.say(code, number=getattr(counts, outcome), share=shares[outcome])
        for outcome, code in _OUTCOME.items()
        if outcome in _ALWAYS or getattr(counts, outcome)
    ]
    return said + ([words.say("digest.waived", number=counts.waived)] if counts.waived else [])


def _investment(words: Words, picture: Picture) -> list[str]:
    investment = picture.investment
    if investment is None or investment.progress is None:
        return []
    amounts = {"done": _shown(investment.done), "plan": _shown(investment.plan)}
    return [
        words.say("digest.investment", **amounts, **investment.progress.model_dump()),
        *_league(
            words,
            "digest.league_completion",
            picture,
            [(p, p.completion_rank) for p in picture.league(Dimension.CITY).by_completion],
            _completion,
        ),
    ]


def _completion(place: Place) -> Decimal | None:
    progress = place.investment.progress if place.investment else None
    return progress.completion if progress else None


def _league(
    words: Words,
    code: str,
    picture: Picture,
    ranked: Sequence[tuple[Place, int | None]],
    value: Callable[[Place], Decimal | None],
) -> list[str]:
    """The first places, and the last. Where there is one group only nothing is compared."""
    found = [(place, rank) for place, rank in ranked if rank is not None]
    if len(found) < 2:
        return []
    most = on(PLACES_IN_MESSAGE, Period.parse(picture.period).last_day).value
    shown = found[:most] + (found[-1:] if len(found) > most else [])
    said = [words.say("digest.place", rank=rank, name=p.name, value=value(p)) for p, rank in shown]
    return [words.say(code, places="，".join(said))]


def _headlines(words: Words, picture: Picture) -> list[str]:
    wanted = on(HEADLINES, Period.parse(picture.period).last_day).value
    return [
        words.say(
            "digest.item", label=item.label, unit=item.unit, now=_shown(item.period), year=_shown(item.year)
        )
        for item in picture.items
        if item.key in wanted and item.year is not None
    ]


def _change(words: Words, picture: Picture) -> list[str]:
    """The biggest one."""
    return [
        words.say(
            "digest.change",
            base=change.base,
            label=change.label,
            before=_shown(change.before),
            now=_shown(change.now),
            unit=change.unit,
        )
        for change in picture.changes[:1]
    ]


def _help(words: Words, picture: Picture) -> list[str]:
    asked = [
        words.say("digest.unit", unit=help_.unit, count=len(help_.problems))
        for help_ in picture.help
        if help_.unit
    ]
    return [words.say("digest.help", units="，".join(asked))] if asked else []


def _shown(value: Decimal) -> str:
    """With thousands separated; whole numbers without decimals."""
    return f"{value:,.2f}".removesuffix(".00")
