"""The first thing a newcomer does: answer a month as the sample contact, in a real browser."""

from datetime import date

from app.embedded import HOST, free_port
from app.http import serving
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.local_chat import LocalChat
from persistence.obligations import Obligations
from tests.browser import Browser, browser
from tests.life.town import Person, town
from tests.support import FULL, register, state_of

__all__ = ["browser"]

BASE_ID = "base-2021-03-81"


async def test_a_form_is_answered_in_the_browser_from_notice_to_submission(
    browser: Browser, database: Database, database_url: str, real_temporal: str
) -> None:
    async with town(database_url, real_temporal, "2022-01-05 10:20") as place:
        state = state_of(BASE_ID, Step.PILOT, published_on=date(2021, 7, 1))
        contact_id = await register(database, state, "1000")
        code = (await place.post(f"/api/contacts/{contact_id}/invite"))["code"]
        async with database.transaction() as tx:
            person = Person(place, (await LocalChat(tx).person("示例联系人甲")).id)
        port = free_port()
        async with serving(place.parts.application(pages=True), HOST, port):
            tab = await browser.open(f"http://{HOST}:{port}/chat/{person.id}")
            await tab.write(f"/start {code}")
            await tab.see("绑定成功")
            await place.parts.gateway.start_base(state)
            await tab.see("2021年12月月调度，共 22 项", seconds=30)
            await tab.tap("开始填报")
            for n, answer in enumerate(FULL.values(), 1):
                await tab.see(f"{n}/22 · ")
                await tab.write(answer)
            await tab.see("汇总（22/22）")
            await tab.tap("提交")
            await tab.see("✓ 已收到 2021年12月 月调度")
            assert await tab.errors() == []
        child = obligation_id(BASE_ID, ObligationKind.DISPATCH, "2021-12")
        async with database.transaction() as tx:
            stored = await Obligations(tx).values(child)
        shown = await place.ask(f"/api/obligations/{child}")
    assert shown["state"] == "已报送"
    assert shown["values"] == stored
    assert (stored["invest_total"], stored["progress"]) == ("1120.50", "主体结构封顶")
    assert shown["progress"] == {"completion": "22.4", "time": "50.0", "gap": "-27.6"}
