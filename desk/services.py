"""What the pages are given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.calendar import BusinessTime
from persistence.database import Database


@dataclass(frozen=True)
class DeskServices:
    """The database, the clock, and in the demo the player.

    `finish_form(person_id)` fills the form that this person is in; False if there is none. None outside the demo.
    `hold_time()` is called whenever a person says something, so that the demo's fast clock waits for them.
    """

    database: Database
    clock: BusinessTime
    finish_form: Callable[[int], Awaitable[bool]] | None = None
    hold_time: Callable[[], None] | None = None
