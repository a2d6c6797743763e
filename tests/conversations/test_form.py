"""月调度 in a chat, from the notice to 提交."""

from tests.conversations.town import CANONICAL, Town


async def test_from_the_notice_to_the_figures(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    said = await anna.hears("2021年12月月调度，共 22 项，2022-01-10 前报送", base)
    assert list(said.buttons) == ["开始填报"]
    said = await anna.taps("开始填报")
    assert said.text == "1/22 · 投资完成\n本月完成投资（万元）\n例：1200、1,200.50、1.2万"
    said = await anna.answers()
    assert "汇总（22/22）" in said.text
    said = await anna.taps("提交")
    assert said.text == "✓ 已收到 2021年12月 月调度，共 22 项，感谢您的报送。"
    assert await town.figures(base) == CANONICAL
