from datetime import UTC, date, datetime

from temporalio.testing import WorkflowEnvironment

from domain.forms.dialogue import Said
from domain.lifecycle import Step
from persistence.database import Database
from persistence.obligations import Obligations
from persistence.people import People
from tests.support import *
from workflows.gateway import Gateway
from workflows.messages import Answer


async def test_month(skipping: WorkflowEnvironment, database: Database) -> None:
    real = await skipping.get_current_time()
    clock = clock_from("2022-01-04 08:30", real)
    state = state_of(step=Step.PILOT, published_on=date(2021, 7, 1))
    contact = await register(database, state, "1000")
    async with database.transaction() as tx:
        code = await People(tx).invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
        await People(tx).redeem(code, "test", "7", datetime.now(UTC))
    rec = Recorder()
    async with working(skipping.client, database, clock, rec):
        gw = Gateway(skipping.client, clock)
        assert await gw.start_base(state)
        assert not await gw.start_base(state)
        await skipping.sleep(4*3600)
        print(rec.kinds)
        oid = "obligation-base-2021-03-1-monthly-2021-12"
        v = await eventually(lambda: gw.answer(oid, Answer(said=Said(text="开始"), by=LEAD), "t:0"))
        for i, (k, x) in enumerate(FULL.items()):
            assert v.question == k, v
            v = await gw.answer(oid, Answer(said=Said(text=x), by=LEAD), f"t:{i + 1}")
        v = await gw.answer(oid, Answer(said=Said(text="提交"), by=LEAD), "t:99")
        print(v)
        async with database.transaction() as tx:
            print(await Obligations(tx).values(oid))
        await skipping.sleep(3600 * 24 * 60)
        print(rec.kinds)
        s = await gw.base("base-2021-03-1")
        print(s)
