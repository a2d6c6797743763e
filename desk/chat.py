"""The local chat: a messenger in the browser, over the tables that are this channel's platform."""

import asyncio
import json
import logging
from contextlib import suppress
from functools import partial

from fastapi import Response
from fastapi.responses import RedirectResponse
from nicegui import ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments

from desk.bubbles import Bubble, bubbles, long_time, pieces
from desk.feed import OUTAGES, Feed
from desk.files import file_address
from desk.look import away_line, dress
from desk.people import People
from desk.services import DeskServices
from persistence.local_chat import LocalChat, LocalMessage, Person

_LOG = logging.getLogger(__name__)
_SHOWN = 100
_TEXT_LIMIT = 4000
_READ_SECONDS = 2.0  # below the three seconds that NiceGUI gives a page
_RETRY_SECONDS = 1.0
_QUIET_SECONDS = 5.0  # new people come without a notification
_TICK_SECONDS = 0.5
_FINISH = "让演示角色填完本表"


async def first(services: DeskServices) -> Response | None:
    """To the first person; a place to begin if there is nobody yet."""
    try:
        async with asyncio.timeout(_READ_SECONDS), services.database.transaction() as tx:
            people = await LocalChat(tx).people()
    except OUTAGES:
        people = None
    if people:
        return RedirectResponse(f"/chat/{people[0].id}")
    dress()
    away = away_line()
    with ui.element("div").classes("jb-chat jb-alone"):
        People(services)
        with ui.element("main").classes("jb-main"):
            ui.label("还没有人。请在左边写下称呼，以访客身份开始。").classes("jb-empty")
    if people is None:
        away.set_visibility(True)
        ui.timer(_RETRY_SECONDS, ui.navigate.reload, immediate=False)
    return None


class Conversation:
    """One person's page."""

    def __init__(self, services: DeskServices, feed: Feed, person_id: int) -> None:
        self._services, self._feed, self._id = services, feed, person_id
        self._rows: dict[int, tuple[ui.element, Bubble]] = {}
        self._known, self._played = False, False
        # What is sent quickly one after the other arrives in that order.
        self._reading, self._sending = asyncio.Lock(), asyncio.Lock()

    async def open(self) -> None:
        """Draw the page and keep it up to date until the tab is closed."""
        dress()
        with ui.element("div").classes("jb-chat") as self._page:
            self._people = People(self._services, self._id)
            with ui.element("main").classes("jb-main") as main:
                # On a phone the list of people lies over the conversation; a tap beside it closes it.
                main.on("click", js_handler=f"() => {self._page_classes()}.remove('jb-open')")
                self._draw_head()
                self._away = away_line()
                self._list = ui.element("div").classes("jb-list").props("role=log").mark("list")
                self._draw_entry()
        if await self._read() and not self._known:
            ui.context.client.status_code = 404
        # A timer begins when the browser is there, and is cancelled when the tab has been closed.
        ui.timer(0, self._follow, once=True)
        ui.timer(_TICK_SECONDS, self._tick)

    def _draw_head(self) -> None:
        with ui.element("header").classes("jb-head"):
            menu = ui.button(icon="menu").classes("jb-menu").props("flat dense aria-label=人员")
            toggle = f"(e) => {{ e.stopPropagation(); {self._page_classes()}.toggle('jb-open'); }}"
            menu.on("click", js_handler=toggle)
            with ui.element("div").classes("jb-who"):
                self._name = ui.label("").classes("jb-name")
                self._now = ui.label(long_time(self._services.clock.now())).classes("jb-now").mark("now")
            if self._services.finish_form:
                with ui.element("div").classes("jb-demo") as self._demo:
                    self._switch = ui.switch("由演示角色代答", on_change=self._set_played)
                    self._finish_button = ui.button(_FINISH, on_click=self._finish).props("outline dense")

    def _draw_entry(self) -> None:
        with ui.element("div").classes("jb-entry") as self._entry:
            # A field of the browser's own, emptied by the browser: the server's answer could overtake fast fingers.
            field = ui.element("textarea").mark("entry")
            field.props(f"rows=1 maxlength={_TEXT_LIMIT} placeholder=回复 aria-label=回复 autocomplete=off")
            taken = f"const said = jbTake(getHtmlElement({field.id})); if (said) emit(said);"
            field.on("keydown", self._say, js_handler=f"(e) => {{ if (jbSends(e)) {{ {taken} }} }}")
            send = ui.button("发送").props("unelevated")
            send.on("click", self._say, js_handler=f"() => {{ {taken} }}")
        self._field = field

    def _page_classes(self) -> str:
        return f"getHtmlElement({self._page.id}).classList"

    async def _follow(self) -> None:
        ui.run_javascript(f"jbFollow(getHtmlElement({self._list.id}))")
        with self._feed.following(self._id) as news:
            while True:
                there = await self._read()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_QUIET_SECONDS if there else _RETRY_SECONDS):
                        await news.wait()
                news.clear()

    async def _read(self) -> bool:
        """Show what the database holds now; False if it is away."""
        async with self._reading:
            try:
                async with asyncio.timeout(_READ_SECONDS), self._services.database.transaction() as tx:
                    chat = LocalChat(tx)
                    people, messages = await chat.people(), await chat.messages(self._id, limit=_SHOWN)
            except OUTAGES as e:
                if not self._away.visible:  # once per outage
                    _LOG.warning("a chat page cannot be read: %r", e)
                self._away.set_visibility(True)
                return False
            self._away.set_visibility(False)
            self._show(people, messages)
            return True

    def _show(self, people: list[Person], messages: list[LocalMessage]) -> None:
        self._people.show(people)
        person = next((p for p in people if p.id == self._id), None)
        self._known = person is not None
        self._entry.set_visibility(self._known)
        name = person.name if person else "没有这个人"
        if name != self._name.text:
            self._name.set_text(name)
            ui.page_title(f"{name} · 揭榜")
        if self._services.finish_form:
            self._demo.set_visibility(self._known)
            self._played = person is not None and person.played
            self._switch.set_value(self._played)
        shown = bubbles(messages)
        for gone in self._rows.keys() - {b.id for b in shown}:
            self._rows.pop(gone)[0].delete()
        for place, bubble in enumerate(shown):
            self._show_bubble(place, bubble)

    def _show_bubble(self, place: int, bubble: Bubble) -> None:
        row, before = self._rows.get(bubble.id, (None, None))
        if bubble == before:
            return
        if row is None:
            with self._list:
                row = ui.element("div").classes("jb-row jb-mine" if bubble.mine else "jb-row")
            if place < len(self._rows):  # committed after a later one
                row.move(target_index=place)
        self._rows[bubble.id] = row, bubble
        row.clear()
        with row:
            self._draw(bubble)

    def _draw(self, bubble: Bubble) -> None:
        if bubble.month:
            ui.label(bubble.month).classes("jb-month")
        if bubble.file:
            self._draw_file(bubble, bubble.file)
        if bubble.text or not bubble.file:
            self._draw_text(bubble)
        if bubble.buttons:
            with ui.element("div").classes("jb-buttons" if bubble.fresh else "jb-buttons jb-spent"):
                for line in bubble.buttons:
                    with ui.element("div"):
                        for label, data in line:
                            tap = partial(self._tap, bubble.id, data, label)
                            ui.button(label, on_click=tap, color=None).classes("jb-button").props(
                                "flat no-caps"
                            )
        ui.label(bubble.time).classes("jb-time")

    def _draw_text(self, bubble: Bubble) -> None:
        """Addresses that the bot gives can be followed; what people typed is only shown."""
        parts = pieces(bubble.text)
        if bubble.mine or not any(part.is_address for part in parts):
            ui.label(bubble.text).classes("jb-bubble")
            return
        with ui.element("div").classes("jb-bubble jb-linked"):
            for part in parts:
                if part.is_address:
                    ui.link(part.text, part.text, new_tab=True).props("rel=noopener")
                else:
                    ui.label(part.text)

    def _draw_file(self, bubble: Bubble, name: str) -> None:
        where = file_address(self._id, bubble.id)
        if bubble.is_picture:
            with ui.link(target=where, new_tab=True):
                ui.element("img").classes("jb-picture").props(f'src="{where}"').props["alt"] = name
        else:
            ui.link(name, where).classes("jb-bubble jb-file").props("download")

    def _tick(self) -> None:
        self._now.set_text(long_time(self._services.clock.now()))

    async def _say(self, event: GenericEventArguments) -> None:
        said = str(event.args).strip()[:_TEXT_LIMIT]
        if not said:
            return
        try:
            async with self._sending, self._services.database.transaction() as tx:
                await LocalChat(tx).say(self._id, said, self._services.clock.now())
            self._hold_time()
        except OUTAGES:
            self._not_sent()
            field = f"getHtmlElement({self._field.id})"
            ui.run_javascript(f"if (!{field}.value) {field}.value = {json.dumps(said)};")

    async def _tap(self, message_id: int, data: str, label: str) -> None:
        try:
            async with self._sending, self._services.database.transaction() as tx:
                await LocalChat(tx).tap(self._id, message_id, data, label, self._services.clock.now())
            self._hold_time()
        except OUTAGES:
            self._not_sent()

    def _hold_time(self) -> None:
        if self._services.hold_time:
            self._services.hold_time()

    def _not_sent(self) -> None:
        self._away.set_visibility(True)
        ui.notify("没有送到，请稍后再试", type="warning", position="top")

    async def _set_played(self, event: ValueChangeEventArguments[bool | None]) -> None:
        if event.value == self._played:  # drawn from the database, not moved by a hand
            return
        async with self._reading:
            try:
                async with self._services.database.transaction() as tx:
                    await LocalChat(tx).set_played(self._id, bool(event.value))
            except OUTAGES:
                self._not_sent()
        await self._read()

    async def _finish(self) -> None:
        if self._services.finish_form is None:
            return
        button = self._finish_button
        button.set_text("正在填…")
        button.disable()
        try:
            done = await self._services.finish_form(self._id)
            outcome = "已填完" if done else "现在没有待填的表"
        except Exception:
            _LOG.exception("the player could not finish the form of person %s", self._id)
            outcome = "没有填成，请再试一次"
        if button.is_deleted:  # the tab was closed meanwhile
            return
        button.set_text(_FINISH)
        button.enable()
        ui.notify(outcome, position="top")
