"""What the handlers work with, put together in `app/wiring.py`."""

from dataclasses import dataclass, field

from bot.render import Renderer
from bot.words import Words
from casework.submission import Casework
from domain.calendar import BusinessTime, WorkingDays
from persistence.database import Database
from persistence.documents import DocumentStore
from workflows.gateway import Gateway


@dataclass
class Services:
    """Everything a handler may call."""

    database: Database
    gateway: Gateway
    words: Words
    renderer: Renderer
    clock: BusinessTime
    casework: Casework
    documents: DocumentStore
    public_url: str  # where applicants reach the pages of this installation
    days: WorkingDays = field(default_factory=WorkingDays)  # unless told: weekends only
