"""Telegram is out for a business day."""

import pytest

from bot.channels import telegram
from tests.channels.conftest import Station
from tests.channels.unplugged import a_day_without


@pytest.mark.parametrize("way", ["polling"], indirect=True)
async def test_a_day_without_the_channel(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.courier._SWEEPS_EVERY_SECONDS", 0)

    def unplug() -> None:
        station.api.fail(500, "sendMessage", times=1_000_000)

    await a_day_without(station, unplug, station.api.recover, telegram.NAME)
