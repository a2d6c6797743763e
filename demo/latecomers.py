"""Contacts who are always late: they answer when the whole ladder has been climbed, and before it is locked."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from persistence.local_chat import LocalMessage

_OVERDUE = "已逾期"
_WAKES_AFTER = timedelta(days=8)
"""After the first working day that is too late: the office is told on the fifth, and the tenth is the last."""
_FORGETS_AFTER = timedelta(days=20)


class Latecomers:
    """Who has to be woken, and when."""

    def __init__(self) -> None:
        self._alarms: dict[int, list[datetime]] = defaultdict(list)

    def hear(self, person: int, messages: Sequence[LocalMessage], now: datetime) -> None:
        """Each report that is overdue wakes them once."""
        for message in messages:
            if now - message.at < _FORGETS_AFTER:
                self._alarms[person] += [message.at + _WAKES_AFTER] * message.text.count(_OVERDUE)

    def wakes(self, person: int, now: datetime) -> bool:
        """Whether it is time to hand something in; once for each alarm."""
        rung = next((at for at in self._alarms[person] if at <= now), None)
        if rung is not None:
            self._alarms[person].remove(rung)
        return rung is not None
