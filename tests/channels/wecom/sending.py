"""What tests of sending share."""

from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels import wecom
from bot.words import chinese
from domain.delivery import Attachment
from persistence.wecom_messages import Limit
from tests.channels.wecom.conftest import Office
from tests.peers.wecom_member import ACCOUNT, Member

SEND, UPDATE = "message/send", "message/update_template_card"


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    """A button for each."""
    row = [InlineKeyboardButton(text=each, callback_data=f"f:12:1:{n}") for n, each in enumerate(labels)]
    return InlineKeyboardMarkup(inline_keyboard=[row])


async def number(office: Office, member: Member) -> int:
    """Of the chat."""
    return await office.number_of(member)


def texts(member: Member) -> list[str]:
    """On the screen."""
    return [said.text for said in member.screen]


def another_process(office: Office, limits: list[Limit] | None = None) -> Bot:
    """A bot of the same app in another process: nothing shared but the database."""
    database = office.town.database
    return wecom.wecom_bot(ACCOUNT, database, chinese(), office.wecom.url, limits=limits or ())


def attachment() -> Attachment:
    """A workbook."""
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Attachment(name="示例情况.xlsx", media_type=xlsx, content=b"PK\x03\x04 a workbook")
