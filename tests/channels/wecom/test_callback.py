"""WeCom's callback: who may deliver, what is kept, and how often."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select, text
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.wecom import Callback, Keys
from persistence.database import Database
from persistence.tables import wecom_inbox
from tests.channels.wecom.conftest import Office
from tests.peers.phone import Said
from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import AES_KEY, CORP_ID, TOKEN

OFFICIAL = Keys("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7", 1)
"""The sample of WeCom's own documentation."""

SAMPLE = {
    "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "timestamp": "1409659589",
    "nonce": "263014780",
    "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
}


async def kept(database: Database) -> list[dict[str, Any]]:
    """What is in the inbox."""
    async with database.transaction() as tx:
        rows = await tx.execute(select(wecom_inbox).order_by(wecom_inbox.c.id))
        return [dict(row) for row in rows.mappings()]


async def posted(office: Office, query: Mapping[str, str], body: bytes) -> int:
    """The status with which a delivery is answered."""
    hook = office.wecom.hook
    async with aiohttp.ClientSession() as anybody, anybody.post(hook, params=query, data=body) as answer:
        assert answer.status != 200 or await answer.read() == b""
        return answer.status


def test_the_official_sample(database: Database) -> None:
    callback = Callback(OFFICIAL, database)
    assert callback.echo(SAMPLE) == "1616140317555161061"
    for wrong in ("msg_signature", "timestamp", "nonce", "echostr"):
        assert callback.echo(SAMPLE | {wrong: "9" + SAMPLE[wrong][1:]}) is None, wrong
        assert callback.echo({k: v for k, v in SAMPLE.items() if k != wrong}) is None, wrong
    assert Callback(OFFICIAL._replace(corp_id="wwother"), database).echo(SAMPLE) is None
    assert callback.echo(SAMPLE | {"msg_signature": "签"}) is None


async def test_the_address_is_verified(office: Office) -> None:
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)
    query, body = office.wecom.envelope({"a": "b"}, crypto)
    sealed = body.split(b"<Encrypt>")[1].split(b"<")[0].decode()
    async with office.answering(), aiohttp.ClientSession() as platform:
        async with platform.get(office.wecom.hook, params=query | {"echostr": sealed}) as answer:
            assert (answer.status, await answer.read()) == (200, b"<xml><a>b</a></xml>")
        async with platform.get(office.wecom.hook, params=SAMPLE) as answer:
            assert answer.status == 403


async def test_what_is_delivered_is_kept_and_answered_with_nothing(office: Office) -> None:
    anna = office.wecom.member("Anna")
    async with office.answering():
        for fields in (anna.typed("32"), anna.photographed(b"\x89PNG12"), anna.sends("voice")):
            assert await posted(office, *office.wecom.envelope(fields)) == 200
    rows = await kept(office.town.database)
    assert [row["content"]["kind"] for row in rows] == ["text", "photo", "unreadable"]
    assert rows[0]["content"]["text"] == "32"
    assert len({row["person_id"] for row in rows}) == 1


@pytest.mark.parametrize("what", ["text", "tap"])
async def test_the_same_five_times_at_once(office: Office, what: str) -> None:
    anna = office.wecom.member("anna")
    fields = anna.typed("32") if what == "text" else anna.tapped("0", Said(7, "", {"0": "f:1:2:zero"}))
    async with office.answering():
        sent = [office.wecom.envelope(fields) for _ in range(5)]
        assert await asyncio.gather(*(posted(office, *one) for one in sent)) == [200] * 5
    assert len(await kept(office.town.database)) == 1


async def test_two_taps_on_two_cards_within_a_second_are_two(office: Office) -> None:
    anna = office.wecom.member("anna")
    first = anna.tapped("0", Said(7, "", {"0": "f:1:2:zero"}))
    async with office.answering():
        assert await posted(office, *office.wecom.envelope(first)) == 200
        assert await posted(office, *office.wecom.envelope(first | {"TaskId": "jb-8"})) == 200
    assert [row["content"]["message_id"] for row in await kept(office.town.database)] == [7, 8]


async def test_who_may_not_deliver(office: Office) -> None:
    anna = office.wecom.member("anna")
    query, body = office.wecom.envelope(anna.typed("32"))
    other_corp = WeChatCrypto(TOKEN, AES_KEY, "wwother")
    other_token = WeChatCrypto("another", AES_KEY, CORP_ID)
    other_key = WeChatCrypto(TOKEN, AES_KEY[::-1], CORP_ID)
    async with office.answering():
        assert await posted(office, query | {"msg_signature": "0" * 40}, body) == 403
        assert await posted(office, {}, body) == 403
        for crypto in (other_corp, other_token):
            assert await posted(office, *office.wecom.envelope(anna.typed("32"), crypto)) == 403
        assert await posted(office, *office.wecom.envelope(anna.typed("32"), other_key)) in (400, 403)
        another_app = anna.typed("32") | {"AgentID": "1000003"}
        assert await posted(office, *office.wecom.envelope(another_app)) == 403
        another_corp = anna.typed("32") | {"ToUserName": "wwother"}
        assert await posted(office, *office.wecom.envelope(another_corp)) == 403
    assert await kept(office.town.database) == []


async def test_what_makes_no_sense(office: Office) -> None:
    anna = office.wecom.member("anna")
    query, body = office.wecom.envelope(anna.typed("32"))
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Encrypt>&a;</Encrypt></xml>'
    async with office.answering():
        for garbage in (b"", b"{}", b"<xml>", b"<xml></xml>", b"\xff\xfe", bomb, b"<Encrypt>x</Encrypt>"):
            assert await posted(office, query, garbage) in (400, 403), garbage
        for nonsense in ({}, {"MsgType": "text", "CreateTime": "x"}, {"MsgType": "text"}):
            fields = nonsense | {"ToUserName": CORP_ID, "AgentID": str(office.wecom.agent_id)}
            assert await posted(office, *office.wecom.envelope(fields)) == 400, nonsense
        assert await posted(office, query, b" " * 200_001) == 413
        assert await posted(office, query, body) == 200, "and it still works"
    assert len(await kept(office.town.database)) == 1


async def test_a_body_that_does_not_say_how_long_it_is(office: Office) -> None:
    async def endless() -> Any:
        for _ in range(1000):
            yield b" " * 1000

    async with office.answering(), aiohttp.ClientSession() as somebody:
        try:
            async with somebody.post(office.wecom.hook, data=endless()) as answer:
                assert answer.status == 413
        except aiohttp.ClientError:
            pass  # cut off in the middle
    assert await kept(office.town.database) == []


async def test_what_nobody_needs_is_answered_and_forgotten(office: Office) -> None:
    anna = office.wecom.member("anna")
    async with office.answering():
        for name in ("enter_agent", "view", "change_contact", "LOCATION"):
            fields = anna.event(name)
            assert await posted(office, *office.wecom.envelope(fields)) == 200
        about_the_corp = {k: v for k, v in anna.event("change_contact").items() if k != "AgentID"}
        assert await posted(office, *office.wecom.envelope(about_the_corp)) == 200
    assert await kept(office.town.database) == []


async def test_while_the_database_is_away_it_is_delivered_again(office: Office) -> None:
    anna = office.wecom.member("anna")
    async with office.answering():
        office.to_database.cut()
        assert await posted(office, *office.wecom.envelope(anna.typed("32"))) == 503
        await office.to_database.mend()
        anna.types("33")
        await office.wecom.delivered()
    assert [row["content"]["text"] for row in await kept(office.town.database)] == ["33"]


async def test_while_the_database_does_not_answer_it_is_not_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.wecom.callback._ANSWERED_WITHIN", 0.3)
    anna = office.wecom.member("anna")
    async with office.answering(), office.town.database.transaction() as tx:
        await tx.execute(text("LOCK TABLE wecom_inbox"))
        assert await posted(office, *office.wecom.envelope(anna.typed("32"))) == 503
    assert await kept(office.town.database) == []


async def test_without_wecom_there_is_no_callback(office: Office) -> None:
    office.parts.bots.pop("wecom")
    async with office.answering():
        assert await posted(office, *office.wecom.envelope(office.wecom.member("a").typed("32"))) == 404


async def test_what_came_is_not_in_the_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    anna = office.wecom.member("anna-of-the-log")
    query, body = office.wecom.envelope(anna.typed("秘密的三十二"))
    async with office.answering():
        assert await posted(office, query, body) == 200
        assert await posted(office, query, body.replace(b"<Encrypt>", b"<Encrypt>A")) == 403
    async with office.town.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(wecom_inbox)) == 1
    for record in caplog.records:
        if not record.name.startswith("aiohttp"):  # the peer's own client
            assert "秘密" not in record.getMessage()
            assert AES_KEY not in record.getMessage()


def test_the_peer_seals_as_the_platform_does() -> None:
    """Both ways: what it seals opens with the library's other half."""
    query, body = WeCom().envelope({"MsgType": "text"})
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)
    told = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert told == "<xml><MsgType>text</MsgType></xml>"
