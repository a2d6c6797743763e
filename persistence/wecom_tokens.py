"""An access token that all processes of this installation share."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import channel_tokens


class ChannelTokens:
    """Repository of the token of one account."""

    def __init__(self, tx: AsyncConnection, account: str) -> None:
        self._tx, self._account = tx, account

    async def get(self) -> str | None:
        """The token, unless it has expired."""
        query = select(channel_tokens.c.token).where(
            channel_tokens.c.channel == self._account, channel_tokens.c.expires_at > datetime.now(UTC)
        )
        return await self._tx.scalar(query)

    async def hold(self) -> None:
        """Nobody else renews it until the transaction ends."""
        key = func.hashtextextended(f"token:{self._account}", 0)
        await self._tx.execute(select(func.pg_advisory_xact_lock(key)))

    async def put(self, token: str, lives: timedelta) -> None:
        """There is a new one."""
        values = {"token": token, "expires_at": datetime.now(UTC) + lives}
        new = insert(channel_tokens).values(channel=self._account, **values)
        await self._tx.execute(new.on_conflict_do_update(index_elements=["channel"], set_=values))
