"""API tokens: only their hashes are kept."""

from sqlalchemy import select

from domain.decisions import Actor
from domain.terms import City, Role
from persistence import tables
from persistence.database import Database
from persistence.tokens import Tokens


async def test_a_token_stands_for_its_holder(database: Database) -> None:
    async with database.transaction() as tx:
        office = await Tokens(tx).create("office", Role.OFFICE)
        city = await Tokens(tx).create("taiyuan", Role.CITY, City.TAIYUAN)
        unit = await Tokens(tx).create("jyt", Role.DEPARTMENT, department="省教育厅")
        assert await Tokens(tx).holder(office) == Actor(role=Role.OFFICE, id="token:office")
        assert await Tokens(tx).holder(city) == Actor(role=Role.CITY, id="token:taiyuan", city=City.TAIYUAN)
        assert await Tokens(tx).holder(unit) == Actor(
            role=Role.DEPARTMENT, id="token:jyt", department="省教育厅"
        )


async def test_a_token_is_stored_as_its_hash(database: Database) -> None:
    async with database.transaction() as tx:
        token = await Tokens(tx).create("office", Role.OFFICE)
        stored = str((await tx.execute(select(tables.tokens))).all())
    assert token.startswith("jb_")
    assert len(bytes.fromhex(token.removeprefix("jb_"))) >= 16
    assert token.removeprefix("jb_") not in stored


async def test_an_unknown_or_revoked_token_stands_for_nobody(database: Database) -> None:
    async with database.transaction() as tx:
        tokens = Tokens(tx)
        token = await tokens.create("office", Role.OFFICE)
        assert await tokens.holder(f"{token}0") is None
        assert await tokens.holder("") is None
        assert await tokens.revoke("office")
        assert await tokens.holder(token) is None
        assert not await tokens.revoke("nobody")


async def test_a_token_made_anew_replaces_the_one_of_the_same_label(database: Database) -> None:
    async with database.transaction() as tx:
        tokens = Tokens(tx)
        old = await tokens.create("office", Role.OFFICE)
        await tokens.revoke("office")
        new = await tokens.create("office", Role.READONLY)
        assert await tokens.holder(old) is None
        assert await tokens.holder(new) == Actor(role=Role.READONLY, id="token:office")
