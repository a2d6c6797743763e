"""What the doctor warns of although nothing is broken."""

import pytest

from app.embedded import HOST, free_port
from tests.app.cli import Terminal


@pytest.mark.parametrize(("public_url", "warned"), [("", True), ("https://jiebang.example", False)])
async def test_with_telegram_and_no_public_address_the_doctor_warns(
    terminal: Terminal, public_url: str, warned: bool
) -> None:
    terminal.set(
        TEMPORAL_ADDRESS=f"{HOST}:{free_port()}",
        JIEBANG_TELEGRAM_TOKEN="1:example",
        JIEBANG_PUBLIC_URL=public_url,
    )
    outcome = await terminal.jiebang("doctor")
    assert ("没有设 JIEBANG_PUBLIC_URL" in outcome.out) is warned
