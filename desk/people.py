"""The list of people who chat, and the way in for a newcomer."""

from nicegui import ui

from desk.feed import OUTAGES
from desk.services import DeskServices
from persistence.local_chat import LocalChat, Person

_NAME_LIMIT = 30


class People:
    """The list on the left, and the field for a newcomer."""

    def __init__(self, services: DeskServices, current: int | None = None) -> None:
        self._services, self._current = services, current
        self._shown: list[Person] = []
        with ui.element("aside").classes("jb-people"):
            ui.label("揭榜 · 本地聊天").classes("jb-brand")
            self._names = ui.element("nav").classes("jb-names")
            with ui.element("div").classes("jb-visitor"):
                self._name = ui.input(placeholder="称呼").props(
                    f"dense outlined maxlength={_NAME_LIMIT} autocomplete=off aria-label=称呼"
                )
                self._name.on("keydown.enter", self._begin)
                ui.button("以访客身份开始", on_click=self._begin).props("unelevated")

    def show(self, people: list[Person]) -> None:
        """Draw the list if it has changed."""
        if people == self._shown:
            return
        self._shown = people
        self._names.clear()
        with self._names:
            for person in people:
                link = ui.link(person.name, f"/chat/{person.id}")
                if person.id == self._current:
                    link.classes("jb-current").props("aria-current=page")

    async def _begin(self) -> None:
        name = (self._name.value or "").strip()[:_NAME_LIMIT]
        if not name:
            ui.notify("请先写下称呼", position="top")
            return
        try:
            async with self._services.database.transaction() as tx:
                person = await LocalChat(tx).person(name)
        except OUTAGES:
            ui.notify("数据库暂时连不上，请稍后再试", type="warning", position="top")
            return
        ui.navigate.to(f"/chat/{person.id}")
