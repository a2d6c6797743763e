"""One contract for every channel: the same dialogue says the same and leaves the same in the database."""

import pytest

from persistence.database import Database
from tests.contract import month, other
from tests.contract.playing import played
from tests.contract.script import CHANNELS, Script

SCRIPTS = (*month.SCRIPTS, *other.SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
async def test_a_dialogue_is_the_same_on_every_channel(script: Script, database: Database) -> None:
    first, *others = [await played(script, channel, database) for channel in script.channels]
    assert first.transcript or script.channels != CHANNELS
    assert first.figures == script.stored
    for one in others:
        assert one.transcript == first.transcript
        assert one.stored == first.stored


def test_there_are_dialogues_enough_and_each_is_played_wherever_it_can_be() -> None:
    assert len(SCRIPTS) >= 20
    assert len({script.name for script in SCRIPTS}) == len(SCRIPTS)
    elsewhere = [script.name for script in SCRIPTS if script.channels != CHANNELS]
    assert elsewhere == ["in a group"]
