"""The WeCom of the tests refuses what the real one is documented to refuse."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import AGENT_ID, CORP_ID, SECRET, Member

Json = dict[str, Any]


@pytest.fixture
async def wecom() -> AsyncIterator[WeCom]:
    """Running."""
    async with WeCom().serving() as serving:
        yield serving


@pytest.fixture
def anna(wecom: WeCom) -> Member:
    """Somebody."""
    return wecom.member("anna")


async def called(wecom: WeCom, what: str, asked: Json, token: str | None = None, **query: str) -> Json:
    """The answer to a call, with a valid token unless another is given."""
    async with aiohttp.ClientSession(wecom.url) as client:
        who = {"corpid": CORP_ID, "corpsecret": SECRET}
        async with client.get("/cgi-bin/gettoken", params=who) as answer:
            given = (await answer.json())["access_token"]
        params = {"access_token": given if token is None else token, **query}
        async with client.post(f"/cgi-bin/{what}", params=params, json=asked) as answer:
            return dict(await answer.json())


def text(content: str, to: str = "anna", **more: object) -> Json:
    """A message of text."""
    return {"touser": to, "agentid": AGENT_ID, "msgtype": "text", "text": {"content": content}, **more}


def card(task: str = "jb-1", labels: tuple[str, ...] = ("甲",), **more: object) -> Json:
    """A message with buttons."""
    buttons = [{"text": label, "key": f"k{n}"} for n, label in enumerate(labels)]
    made = {"card_type": "button_interaction", "main_title": {"title": "题"}, "task_id": task}
    asked = {"touser": "anna", "agentid": AGENT_ID, "msgtype": "template_card"}
    return asked | {"template_card": made | {"button_list": buttons} | more}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (text("甲" * 682 + "ab"), 0),
        (text("甲" * 683), 45002),
        (text(" "), 44004),
        (text("甲", to="nobody"), 81013),
        (text("甲") | {"agentid": 1}, 40056),
        (text("甲") | {"msgtype": "hologram"}, 40008),
        (card(), 0),
        (card(labels=tuple("一二三四五六")), 0),
        (card(labels=tuple("一二三四五六七")), 40058),
        (card(labels=()), 40058),
        (card(labels=("十" * 11,)), 40058),
        (card(main_title={"title": "题" * 37}), 40058),
        (card(sub_title_text="字" * 161), 40058),
        (card(button_list=[{"text": "甲", "key": "k"}, {"text": "乙", "key": "k"}]), 40058),
        (card(task="含汉字"), 42014),
        (card(task="x" * 129), 42014),
    ],
)
async def test_messages(wecom: WeCom, anna: Member, asked: Json, code: int) -> None:
    assert (await called(wecom, "message/send", asked))["errcode"] == code
    assert len(anna.screen) == (code == 0)


async def test_tokens(wecom: WeCom, anna: Member) -> None:
    assert (await called(wecom, "message/send", text("甲"), token="guessed"))["errcode"] == 40014
    assert (await called(wecom, "message/send", text("甲"), token=""))["errcode"] == 41001
    async with aiohttp.ClientSession(wecom.url) as client:
        for who, code in (
            ({"corpid": "wwother", "corpsecret": SECRET}, 40013),
            ({"corpid": CORP_ID, "corpsecret": "wrong"}, 40001),
        ):
            async with client.get("/cgi-bin/gettoken", params=who) as answer:
                assert (await answer.json())["errcode"] == code
    wecom.trusted = False
    assert (await called(wecom, "message/send", text("甲")))["errcode"] == 60020
    assert anna.screen == []


async def test_a_task_id_is_used_once(wecom: WeCom, anna: Member) -> None:
    assert (await called(wecom, "message/send", card()))["errcode"] == 0
    assert (await called(wecom, "message/send", card()))["errcode"] == 42014
    assert len(anna.cards) == 1


async def test_a_code_changes_a_card_once_and_not_for_ever(wecom: WeCom, anna: Member) -> None:
    def change(code: str) -> Json:
        named = {"userids": ["anna"], "agentid": AGENT_ID, "response_code": code}
        return named | {"button": {"replace_name": "已办"}}

    what = "message/update_template_card"
    code = (await called(wecom, "message/send", card()))["response_code"]
    assert (await called(wecom, what, change(code)))["errcode"] == 0
    assert anna.cards["jb-1"].frozen == "已办"
    assert (await called(wecom, what, change(code)))["errcode"] == 42022
    code = (await called(wecom, "message/send", card("jb-2")))["response_code"]
    wecom.codes_grow_old()
    assert (await called(wecom, what, change(code)))["errcode"] == 42014
    assert anna.cards["jb-2"].frozen == ""


async def test_the_thirty_first_message_of_a_minute_is_lost_without_a_word(
    wecom: WeCom, anna: Member
) -> None:
    for n in range(31):
        assert (await called(wecom, "message/send", text(f"{n}")))["errcode"] == 0
    assert (len(anna.screen), anna.dropped) == (30, 1)
    wecom.time_passes(60)
    await called(wecom, "message/send", text("后来"))
    assert len(anna.screen) == 31


async def test_a_repeated_request_is_swallowed_where_that_is_asked_for(wecom: WeCom, anna: Member) -> None:
    once = text("甲", enable_duplicate_check=1, duplicate_check_interval=1800)
    for asked in (once, once, text("甲"), text("甲")):
        assert (await called(wecom, "message/send", asked))["errcode"] == 0
    assert len(anna.screen) == 3
    wecom.time_passes(1801)
    await called(wecom, "message/send", once)
    assert len(anna.screen) == 4


async def test_members_of_linked_corps_get_no_cards(wecom: WeCom) -> None:
    boris = wecom.member("wwother/boris")
    what = "linkedcorp/message/send"
    to = {"touser": ["wwother/boris"]}
    assert (await called(wecom, what, text("甲") | to))["errcode"] == 0
    assert (await called(wecom, what, card() | to))["errcode"] == 40008
    answer = await called(wecom, what, text("甲") | {"touser": ["wwother/nobody"]})
    assert (answer["errcode"], answer["invaliduser"]) == (0, ["wwother/nobody"])
    assert len(boris.screen) == 1


async def test_a_menu_of_four(wecom: WeCom) -> None:
    button = {"type": "click", "name": "待办", "key": "待办"}
    agent = str(AGENT_ID)
    assert (await called(wecom, "menu/create", {"button": [button] * 4}, agentid=agent))["errcode"] == 40016
    long = {**button, "name": "六个汉字名称"}
    assert (await called(wecom, "menu/create", {"button": [long]}, agentid=agent))["errcode"] == 40018


async def test_a_callback_that_nobody_answers_is_given_up_after_three_more(
    wecom: WeCom, anna: Member
) -> None:
    wecom.hook = "http://127.0.0.1:9/wecom/callback"
    fields = anna.types("32")
    await wecom.delivered()
    assert wecom.answers == [0] * 4
    assert wecom.lost == [fields]
