"""WeCom is out for a business day."""

import pytest

from bot.channels import wecom
from tests.channels.unplugged import a_day_without
from tests.channels.wecom.conftest import Office


@pytest.mark.parametrize("linked", [False, True], indirect=True)
async def test_a_day_without_the_channel(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.courier._SWEEPS_EVERY_SECONDS", 0)

    def plugged(in_: bool) -> None:
        office.wecom.unplugged = not in_

    await a_day_without(office, lambda: plugged(False), lambda: plugged(True), wecom.NAME)
