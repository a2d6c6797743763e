"""Record the histories of a round and of applications that go different ways through it.

    .venv/bin/python -m tests.histories.record_round 2026-11-round

plays it on the time-skipping server in a few seconds. When to record, and what never to do, is told in `record`.
"""

import asyncio
import tempfile
from datetime import date
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from app import embedded
from domain.calendar import end_of
from domain.decisions import Expedite, ResolveObjection, TakeOffer, lead_actor
from domain.lifecycle import Step
from domain.rounds.decisions import ConfirmList, Consent, Extend, StartNotice
from domain.rounds.state import Phase
from domain.terms import LeadKind
from persistence.database import Database
from persistence.migrate import upgrade
from tests.histories.record import keep, label_from
from tests.support import LEAD, register_attributes
from tests.workflows.fair import CLOSE, CONSENT_NO, PUBLICATION_NO, Applicant, Fair, department, fair
from tests.workflows.test_public_notice import objects
from workflows.converter import plugin


async def play(place: Fair) -> list[str]:
    """A round with an extension, a return, an offer taken, and an objection dismissed; the ids of its workflows."""
    enterprise = Applicant(3, kind=LeadKind.ENTERPRISE, score="90")
    first = await place.applies(enterprise)
    await place.decides(first, Expedite(reason="示例：行业龙头"))
    await place.office(Extend(deadline=end_of(date(2022, 1, 25)), reason="示例：疫情影响"))
    await place.submits(first)
    _, third, failed = await place.all_apply(
        [Applicant(3, score="85"), Applicant(3, score="80"), Applicant(4)]
    )
    budget = department("省财政厅")
    await place.signs(first, "budget", budget, "退回补正", reason="示例：依据不足", items=("plan",))
    await place.until("2021-12-22 10:00")
    await place.hands_in(first, "plan")
    await place.casework.supplement(first, lead_actor(1), "record:supplement")
    await place.signs(failed, "budget", budget, "不通过", reason="示例：来源不实")
    await place.all_pass()
    await place.until("2022-01-26 00:31")
    await place.reaches(Phase.EXPERT_REVIEW)
    await place.all_are_scored()
    await place.office(CLOSE)
    await place.reaches(Phase.CONFERENCE)
    await place.office(ConfirmList())
    await place.steps(lambda s: s[third] is Step.OFFERED)
    await place.decides(third, TakeOffer(), LEAD)
    await place.reaches(Phase.CONSENT)
    await place.office(Consent(document_no=CONSENT_NO, on=date(2022, 1, 26)))
    await place.reaches(Phase.NOTICE)
    await place.office(
        StartNotice(first=date(2022, 2, 7), last=date(2022, 2, 11), publication_no=PUBLICATION_NO)
    )
    await place.until("2022-02-09 10:00")
    number = await objects(place, third)
    await place.decides(third, ResolveObjection(objection=number, upheld=False, reason="示例：经核查"))
    await place.until("2022-02-16 12:00")
    await place.reaches(Phase.OVER)
    return [f"round-{place.slug}", first, third, failed]


async def record(label: str) -> None:
    """Play, and write the histories down."""
    with (
        tempfile.TemporaryDirectory(prefix="jb-") as scratch,
        embedded.postgres(Path(scratch) / "pg") as url,
    ):
        upgrade(url)
        database = Database(url)
        server = embedded.beside_python("temporal-test-server")
        async with await WorkflowEnvironment.start_time_skipping(
            plugins=[plugin()], test_server_existing_path=server
        ) as env:
            await register_attributes(env.client)
            async with fair(env, database) as place:
                ids = await play(place)
                await place.quiet()
                for name in ids:
                    keep(label, name, await env.client.get_workflow_handle(name).fetch_history())
        await database.close()


if __name__ == "__main__":
    asyncio.run(record(label_from(__doc__, "2026-11-round")))
