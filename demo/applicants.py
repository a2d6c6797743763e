"""Getting the applications of the sample applicants complete."""

import asyncio
import logging
from functools import partial
from typing import Any

import httpx

from demo.binding import Binding
from demo.desk import Desk, despite_outages
from demo.papers import answers, pdf
from demo.people import APPLICANTS, SampleApplicant
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021

_LOG = logging.getLogger(__name__)


class Applicants:
    """Bound and complete, whatever was done already; handing in is left to their contacts in chat."""

    def __init__(self, binding: Binding, office: Desk) -> None:
        self._binding, self._office = binding, office

    async def prepare(self) -> None:
        """Bind all, then fill in and upload what is missing."""
        await asyncio.gather(*(self._apply(applicant) for applicant in APPLICANTS))

    async def _apply(self, applicant: SampleApplicant) -> None:
        name = applicant.contact
        try:
            contact = await despite_outages(partial(self._binding.bind, name, self._binding.new(name)))
            await despite_outages(partial(self._complete, applicant, contact))
        except httpx.HTTPStatusError as e:
            _LOG.warning("%s was not taken for %s: %s", "申报", applicant.code, e.response.text)

    async def _complete(self, applicant: SampleApplicant, contact: int) -> None:
        """Register, answer every question, upload every document that is missing."""
        new = applicant._asdict() | {
            "round": ROUND_2021.slug,
            "contact_id": contact,
            "planned_total": str(applicant.planned_total),
        }
        del new["contact"], new["merit"]
        base = await self._office.send("POST", "/api/bases", json=new)
        if base["step"] != Step.PREPARING:
            return
        path = f"/api/bases/{base['id']}"
        filled = await self._office.send("PUT", f"{path}/application", json=answers(applicant))
        for material in filled["materials"]:
            if not material["there"]:
                await self._upload(f"{path}/materials", material, applicant)

    async def _upload(self, path: str, material: dict[str, Any], applicant: SampleApplicant) -> None:
        title = f"示例：{material['label']}"
        file = (f"{title}.pdf", pdf(title, applicant.name, applicant.lead), "application/pdf")
        await self._office.send("POST", path, data={"item": material["key"]}, files={"file": file})
