"""Playing a dialogue line by line. What is read is put down in the order of the script, not of its arrival."""

from typing import Any, NamedTuple

from bot.channels import telegram
from persistence.database import Database
from tests.contract.script import Kind, Line, Script
from tests.contract.stage import Heard, Stage, staged
from tests.conversations.people import Chatter, Phone
from tests.peers.phone import Said


class Played(NamedTuple):
    """What a dialogue came to on one channel."""

    transcript: list[Heard]
    stored: dict[str, list[dict[str, Any]]]
    figures: dict[str, dict[str, str]]  # by period, of the base


async def played(script: Script, channel: str, database: Database) -> Played:
    """Play it. Whoever hears something that is not in the script fails it."""
    async with staged(database, channel, script.begins) as stage:
        await script.setting(stage)
        for number, line in enumerate(script.lines, 1):
            try:
                await _plays(stage, line)
            except AssertionError as e:
                where = f"{script.name} on {channel}, line {number}"
                raise AssertionError(f"{where} {line}: {e}; unheard: {await _unheard(stage)}") from e
        left = await _unheard(stage)
        assert left == {}, f"{script.name} on {channel}: {left}"
        standing = {period: await stage.town.figures(stage.names["base"], period) for period in script.stored}
        return Played(stage.transcript, await stage.stored(), standing)


async def _unheard(stage: Stage) -> dict[str, list[str]]:
    """What came to people that the script does not know of; a file without words goes with what was said before."""
    found = {who: list(filter(None, await person.unheard())) for who, person in stage.people.items()}
    return {who: texts for who, texts in found.items() if texts}


async def _plays(stage: Stage, line: Line) -> None:
    if line.kind is Kind.MEANWHILE:
        assert line.event
        await line.event(stage)
        return
    if line.kind is Kind.SENDS:
        await stage.sends_photo(line.who, int(line.what))
        return
    if line.kind is Kind.SENDS_SHEET:
        await stage.sends_sheet(line.who, dict(line.cells))
        return
    person = stage.people[line.who]
    if line.kind is Kind.IN_GROUP:
        await _in_a_group(stage, person, line)
        return
    await _does(stage, person, line)
    for words in line.wanted:
        stage.heard(line.who, await person.hears(named(stage, words)))


async def _does(stage: Stage, person: Chatter, line: Line) -> None:
    what = named(stage, line.what)
    match line.kind:
        case Kind.TYPES:
            await person.sends(await person.platform.typed(what))
        case Kind.TAPS:
            await person.sends(await person.tapped(what, await _under(stage, person, line)))
        case Kind.AGAIN:
            assert person.last_update
            await person.sends(person.last_update)


async def _under(stage: Stage, person: Chatter, line: Line) -> Said | None:
    if not line.under:
        return None
    words, label = named(stage, line.under), named(stage, line.what)
    return next(s for s in reversed(await person.look()) if words in s.text and label in s.buttons)


async def _in_a_group(stage: Stage, person: Chatter, line: Line) -> None:
    assert isinstance(person.platform, Phone)
    phone, before = person.platform, len(stage.town.api.groups)
    update = phone.update(phone.person.types(line.what, group=True))
    await stage.town.dispatcher.feed_update(stage.town.bot, update, channel=telegram.NAME)
    assert stage.town.api.groups[before:] == list(line.wanted)


def named(stage: Stage, words: str) -> str:
    """Words of a script with the ids that are meant."""
    for name, meant in stage.names.items():
        words = words.replace(f"{{{name}}}", meant)
    return words
