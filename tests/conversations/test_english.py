"""A month in English: what the bot says, and what can be typed."""

import re
from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from app.settings import Settings
from app.wiring import assembled
from bot.channels import local
from bot.english import BEGINNING, MEANT, meant
from bot.words import period_words, words
from domain.forms.said import action_of
from persistence.database import Database
from persistence.local_chat import LocalChat
from tests.conversations.test_words import TEXTS_OF
from tests.conversations.town import CANONICAL, MORNING, ServerTime, Town
from tests.peers.bot_api import BotApi
from tests.support import FULL, clock_from

ENGLISH = FULL | {"invest_total": "1241", "problems": "none", "help_from": " None "}
MONTH = "December 2021 月调度"


@pytest.fixture
async def town(skipping: WorkflowEnvironment, database: Database) -> AsyncIterator[Town]:
    """A town that is spoken to in English, on the page."""
    clock = ServerTime(MORNING, await skipping.get_current_time())
    made = Town(skipping, database, BotApi(), local.NAME, clock, words("en"))
    yield made
    await made.close()


async def test_a_month_from_the_notice_to_the_figures(town: Town) -> None:
    base = await town.base()
    await town.reported(base, "2021-11")
    anna = await town.contact_of(base)
    await town.start(base)
    said = await anna.hears(f"{MONTH}, 22 items, due by 2022-01-10 (示例基地 {base}). Tap “Start”")
    assert list(said.buttons) == ["Start", "Remind me tomorrow", "Template"]
    said = await anna.taps("Start")
    assert said.text == "1/22 · 投资完成\n本月完成投资 (万元)\nLast month: 120.50 万元"
    assert list(said.buttons) == ["As last month 120.50", "0", "Pause"]
    said = await anna.says("thirty")
    assert said.text.startswith("“thirty” cannot be read as a number. Please give 本月完成投资 in digits")
    said = await anna.says("900")
    assert "900.00 万元: +647% against last month's 120.50 万元, beyond ±50%." in said.text
    assert list(said.buttons) == ["Confirm", "Enter again", "Pause"]
    assert (await anna.says("again")).text.startswith("1/22")
    assert (await anna.says("Same")).text.startswith("✓ 本月完成投资 120.50 万元.\n2/22")
    assert (await anna.says("BACK")).text.startswith("1/22")
    assert (await anna.says("pause")).text == (
        "Paused; all 1/22 items filled in are kept, due by 2022-01-10. Send anything to go on."
    )
    assert (await anna.says("todo")).text == (
        f"1 to do, please choose:\n1. 示例基地 {base}: {MONTH}, due by 2022-01-10 (current)"
    )
    assert (await anna.taps(f"{MONTH} · 示例基地 {base}")).text.startswith(
        "1/22 items filled in, due by 2022-01-10.\n2/22"
    )
    for text in [*ENGLISH.values()][1:]:
        said = await anna.says(text)
    assert f"{MONTH}: summary (22/22)\n[投资完成]\n1. 本月完成投资: 120.50 万元" in said.text
    assert (await anna.says("9=same")).text.startswith("✓ Changed: 高校在校生实训 320 人次.")
    assert (await anna.says("submit")).text == f"✓ Received: {MONTH}, 22 items. Thank you."
    assert await town.figures(base) == CANONICAL | {"invest_total": "1241.00"}
    assert (await anna.says("todo")).text == "There is nothing to do now."


async def test_what_is_refused_is_told_in_english_with_its_clause(town: Town) -> None:
    base = await town.base()
    await town.reported(base, "2021-11")
    anna = await town.contact_of(base)
    (no,) = [(await town.row(base, "2021-11")).no]
    assert (await anna.says("object")).text == "There is nothing for “异议” now."
    said = await anna.says(f"object {no} a slip of the pen")
    assert said.text.startswith("This report is “已报送” now and cannot be “")
    assert " (under " in said.text
    assert (await anna.says("correct 2021-11")).text == (
        f"Please give the reason: send “更正 {no}” and the reason."
    )
    assert (await anna.says("help")).text.startswith("“todo”: what is due")
    stranger = await town.stranger()
    assert (await stranger.says("help")).text.startswith("Hello. This is open to the registered contacts")


async def test_the_setting_decides(
    skipping: WorkflowEnvironment, database: Database, database_url: str
) -> None:
    settings = Settings(language="en")
    async with assembled(settings, database_url, skipping.client, clock_from(MORNING)) as parts:
        async with database.transaction() as tx:
            person = await LocalChat(tx).person("路人")
            await LocalChat(tx).say(person.id, "help", parts.clock.now())
            (arrived,) = await LocalChat(tx).waiting()
        bot = parts.bots[local.NAME]
        await parts.intake.take(bot, local.to_update(arrived, bot), local.NAME)
        async with database.transaction() as tx:
            *_, said = await LocalChat(tx).messages(person.id, limit=10)
    assert said.text == words("en").say("chat.stranger")


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2026-10", "October 2026"),
        ("2026-Q3", "third quarter of 2026"),
        ("2026-H1", "first half of 2026"),
        ("2026", "2026"),
        ("2026-Q1-2", "first quarter of 2026整改 no. 2"),
        ("?", "?"),
    ],
)
def test_periods(period: str, said: str) -> None:
    assert period_words(period, "en") == said


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" Upload  again ", "重新上传"),
        ("yes", "是"),
        ("5 = none", "5 = 无"),
        ("Appeal the grade", "申诉 the grade"),
        ("appeals", "appeals"),
        ("there are none", "there are none"),
        ("120.5", "120.5"),
        ("提交", "提交"),
        ("hand over 示例乙", "转交 示例乙"),
        ("change 5", "改 5"),
        ("skip the register is late", "跳过 the register is late"),
    ],
)
def test_what_is_typed_is_read_as_the_chinese_words(typed: str, read: str) -> None:
    assert meant(typed) == read


def test_every_word_in_quotes_can_be_typed() -> None:
    assert set(BEGINNING) <= set(MEANT)
    assert None not in {action_of(MEANT[word]) for word in ("submit", "back", "same", "pause", "summary")}
    offered = [
        word
        for code in sorted(words("en").codes)
        for word in re.findall(r"“([a-z][a-z ]*)(?: [A-Z0-9][^”]*| reason)?”", TEXTS_OF["en"][code])
    ]
    assert len(offered) > 30, "the search itself still finds what is offered"
    assert set(offered) <= set(MEANT), "no text names a word that is not understood"
