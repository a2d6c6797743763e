"""The 2021 round as those who take part in it go through it: over the API, on the public pages, and in chat."""

import re
from collections.abc import Iterable
from functools import cache, partial
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx

from domain.policy.materials import MATERIALS, PILOT_LIST_APPLICATION
from domain.terms import City, Level, Role
from persistence.tokens import Tokens
from tests.life.round_people import EDUCATION, FINANCE, INDUSTRY, STATE_ASSETS, Applicant
from tests.life.town import Town
from tests.pdfs import pdf
from tests.support import eventually

SLUG = "2021"
ROUND = f"/api/rounds/{SLUG}"
NOTICE = f"/public/notices/{SLUG}"

DEPARTMENTS = (EDUCATION, STATE_ASSETS, FINANCE, INDUSTRY)

_PAPERS = tuple(item.key for item in MATERIALS if item is not PILOT_LIST_APPLICATION)
_NUMBERS = "零一二三四五六七八九"


class Caller:
    """Somebody who calls the API with a token of their own."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http, self._headers = http, {"Authorization": f"Bearer {token}"}

    async def ask(self, path: str) -> Any:
        """Look at something."""
        return await self._does("GET", path)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Make something."""
        return await self._does("POST", path, json=body)

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        """Fill something in."""
        return await self._does("PUT", path, json=body)

    async def hands_in(self, base: str, item: str, content: bytes) -> None:
        """Upload a document."""
        file = {"file": (f"{item}.pdf", content, "application/pdf")}
        await self._does("POST", f"/api/bases/{base}/materials", data={"item": item}, files=file)

    async def decides(self, about: str, kind: str, **fields: Any) -> Any:
        """Take a decision about a base, or about the round."""
        return await self.post(_decisions(about), {"kind": kind, **fields})

    async def may_not_decide(self, about: str, kind: str, **fields: Any) -> tuple[str, str]:
        """Try to; what is said to it, and the clause."""
        return await self.is_refused("POST", _decisions(about), json={"kind": kind, **fields})

    async def is_refused(self, method: str, path: str, **content: Any) -> tuple[str, str]:
        """A request that a rule does not allow; what is said to it, and the clause."""
        answer = await self._http.request(method, path, headers=self._headers, **content)
        assert answer.status_code in (403, 409, 422), answer.text
        problem = answer.json()
        return problem["detail"], problem["clause"]

    async def _does(self, method: str, path: str, **content: Any) -> Any:
        answer = await self._http.request(method, path, headers=self._headers, **content)
        assert answer.is_success, answer.text
        return answer.json()


def _decisions(about: str) -> str:
    return f"{about if about == ROUND else f'/api/bases/{about}'}/decisions"


class Fair:
    """The round's office, the departments, two cities and the applicants."""

    def __init__(
        self, place: Town, office: Caller, units: dict[str, Caller], cities: dict[City, Caller]
    ) -> None:
        self.place, self.office, self.units, self.cities = place, office, units, cities
        self.browser = place.browser

    async def stands(self, phase: str, *waiting: tuple[str, str, int]) -> None:
        """The round is, or soon will be, in a phase, and waits for exactly these: who, for what, how many."""

        async def ask() -> tuple[str, set[tuple[str, str, int]]]:
            told = await self.office.ask(ROUND)
            return told["phase"], {(w["who"], w["what"], w["count"]) for w in told["waiting_for"]}

        await eventually(ask, lambda found: found == (phase, set(waiting)))

    async def reaches(self, step: str, *applicants: Applicant) -> None:
        """All of these are, or soon will be, at a step."""
        for one in applicants:
            await eventually(partial(self._step, one.base), lambda found: found == step)

    async def _step(self, base: str) -> str:
        return str((await self.office.ask(f"/api/bases/{base}"))["step"])

    # Applying

    async def enters(self, one: Applicant) -> None:
        """Get a chat bound to the applicant's contact."""
        one.person, one.contact_id = await self.place.contact(*one.contact)

    async def is_registered(self, one: Applicant) -> None:
        """The office registers an application and files what came on paper."""
        new = {
            "code": f"示例-{one.name}",
            "round": SLUG,
            "direction": one.direction,
            "name": one.name,
            "lead": one.lead,
            "lead_kind": one.kind,
            "level": one.level,
            "city": one.city,
            "contact_id": one.contact_id,
        }
        one.base = (await self.office.post("/api/bases", new))["id"]
        filled = await self.office.put(f"/api/bases/{one.base}/application", one.values)
        assert len(filled["missing"]) == len(_PAPERS)
        for item in _PAPERS:
            await self.office.hands_in(one.base, item, paper(item))
        assert (await self.office.ask(f"/api/bases/{one.base}/application"))["missing"] == []

    async def uploads(self, one: Applicant, told: str, papers: dict[str, bytes]) -> None:
        """Hand documents in over the link that was told in chat."""
        link = re.search(r"https?://\S+(/upload/\S+)", told)
        assert link, told
        page = await self.browser.get(link[1])
        assert all(f'name="{item}"' in page.text for item in papers), page.text
        files = {item: (f"{item}.pdf", content, "application/pdf") for item, content in papers.items()}
        answer = await self.browser.post(link[1], files=files)
        assert answer.status_code == 200, answer.text
        assert answer.text.count("✓ 已收到</p>") == len(papers)

    async def applies_in_chat(self, one: Applicant) -> None:
        """From 申报 to 提交, without a form on paper."""
        await self.registers_in_chat(one)
        for answer in one.answers:
            await one.person.asks(answer, "✓")
        await self.hands_in_in_chat(one)

    async def registers_in_chat(self, one: Applicant) -> None:
        """申报, and the six answers before the 申报书."""
        await one.person.asks("申报", "1/6")
        given = (str(one.direction), one.level, one.city, one.kind, one.lead)
        for n, answer in enumerate(given, 2):
            await one.person.asks(answer, f"{n}/6")
        said = await one.person.asks(one.name, f"✓ 已登记：{one.name}")
        one.base = said.text.split("（")[1].split("）")[0]

    async def hands_in_in_chat(self, one: Applicant) -> None:
        """The documents over the link that 材料 gives, then 提交."""
        told = await one.person.asks("材料", "/upload/")
        await self.uploads(one, told.text, papers())
        await one.person.asks("还缺", "的申报书和材料已齐备，可以提交")
        await one.person.asks("提交", f"✓ {one.name}：提交申报。当前阶段：自愿申报（形式审查）")

    # Formal review

    async def signs(self, unit: str, applicants: Iterable[Applicant], **word: Any) -> None:
        """A unit signs what is its to sign and not signed yet; 通过 if nothing else is said."""
        for one in applicants:
            reviews = (await self.office.ask(f"/api/bases/{one.base}"))["reviews"]
            for duty in (r["duty"] for r in reviews if r["department"] == unit and r["result"] is None):
                said = {"duty": duty, "result": "通过"} | word
                await self._signer(unit, one).decides(one.base, "签署审查意见", **said)

    def _signer(self, unit: str, one: Applicant) -> Caller:
        """The office is 省发展改革委's own; a city signs the same for its own bases."""
        if unit in self.units:
            return self.units[unit]
        return self.office if one.level is Level.PROVINCE else self.cities[one.city]

    # Expert review

    async def invites(self, name: str, organisation: str, phone: str, directions: list[int]) -> str:
        """The path of an expert's link."""
        new = {"name": name, "organisation": organisation, "phone": phone, "directions": directions}
        made = await self.office.post(f"{ROUND}/experts", new | {"expires_on": "2022-03-31"})
        return str(urlsplit(made["link"]).path)

    async def scores(self, link: str, points: dict[str, int]) -> None:
        """An expert opens every application on the page of the link, and gives it so many points for each item."""
        found = set(links(await self.browser.get(link))) - {link}
        assert found == {f"{link}/{base}" for base in points}
        for base, given in points.items():
            form = await self.browser.get(f"{link}/{base}")
            items = re.findall(r'name="(item_\w+)"', form.text)
            filled = dict.fromkeys(items, str(given)) | {"method": "基础资料评审", "comment": "示例意见"}
            answer = await self.browser.post(f"{link}/{base}", data=filled)
            assert answer.status_code == 303, answer.text

    # The public

    async def objects(self, one: Applicant, name: str, contact: str, reason: str) -> str:
        """Somebody finds a base in the public notice and objects; the receipt's number."""
        form = f"{NOTICE}/objections/{one.base}"
        assert form in links(await self.browser.get(NOTICE))
        page = (await self.browser.get(form)).text
        seal = re.search(r'name="seal" value="([^"]+)"', page)
        assert seal
        filled = {"name": name, "contact": contact, "reason": reason, "answer": answer_of(page)}
        said = await self.browser.post(form, data=filled | {"seal": unescape(seal[1])})
        receipt = re.search(r"回执号：<strong>([^<]+)</strong>", said.text)
        assert receipt, said.text
        return receipt[1]


def links(page: httpx.Response) -> list[str]:
    """Where a page leads."""
    assert page.status_code == 200, page.text
    return [unescape(found) for found in re.findall(r'<a (?:[^>]* )?href="([^"]+)"', page.text)]


def answer_of(page: str) -> str:
    """The answer to the sum that a form asks."""
    question = re.search(rf"([{_NUMBERS}])加([{_NUMBERS}])等于几", page)
    assert question, page
    return str(sum(_NUMBERS.index(word) for word in question.groups()))


@cache
def paper(item: str) -> bytes:
    """A document; everybody's is the same."""
    return pdf(mark=item)


def papers() -> dict[str, bytes]:
    """Everything that 附件3 asks for."""
    return {item: paper(item) for item in _PAPERS}


async def open_office(place: Town) -> Fair:
    """Tokens for everybody, as `jiebang token create` makes them."""
    async with place.parts.database.transaction() as tx:
        tokens = Tokens(tx)
        office = await tokens.create("办公室", Role.OFFICE)
        units = {unit: await tokens.create(unit, Role.DEPARTMENT, department=unit) for unit in DEPARTMENTS}
        cities = {city: await tokens.create(city, Role.CITY, city) for city in (City.TAIYUAN, City.DATONG)}

    def holding(token: str) -> Caller:
        return Caller(place.browser, token)

    return Fair(
        place,
        holding(office),
        {unit: holding(token) for unit, token in units.items()},
        {city: holding(token) for city, token in cities.items()},
    )
