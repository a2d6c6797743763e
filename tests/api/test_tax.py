"""The tax credit and the training money of enterprises over HTTP, with the arithmetic (A6)."""

import pytest

from domain.terms import City, ObligationKind, ObligationState
from persistence.database import Database
from tests.api.site import Site, fine, refused
from tests.persistence.reported import BASE, ENTERPRISE, OTHER, a_base, an_enterprise, applied, reported

pytestmark = pytest.mark.rule("A6")

K = ObligationKind.ASSESSMENT
TAX = "/api/tax"


def answers(investment: str, payable: str, funds: str = "0.00", frontline: str = "0.00") -> dict[str, str]:
    """The four questions of 年考核."""
    return {
        "tax_investment": investment,
        "tax_payable": payable,
        "training_funds": funds,
        "training_frontline": frontline,
    }


@pytest.fixture
async def site(records: Site) -> Site:
    """July 2027: 2026 is the last year."""
    records.later("2027-07-06 10:00")
    return records


async def test_a_year_with_its_arithmetic_and_the_totals(site: Site, database: Database) -> None:
    await an_enterprise(database)
    await applied(database, BASE, pilot_list="已入库")
    await reported(database, BASE, K, "2025", answers("200.00", "25.00"))
    await reported(database, BASE, K, "2026", answers("100.00", "40.50", "100.00", "59.99"))
    found = fine(await site.get(TAX))
    assert (found["year"], found["clause"], found["not_reported"]) == (2026, "《推进措施》三", [])
    (one,) = found["items"]
    assert (one["lead"], one["standing"], one["bases"]) == (ENTERPRISE, "已纳入试点企业", [BASE])
    result = one["result"]
    assert (result["carried_in"], result["new"], result["used"]) == ("35.00", "30.00", "40.50")
    assert (result["carried_out"], result["share"], result["enough"]) == ("24.50", "59.9", False)
    assert result["lines"][1] == {
        "item": "可抵免额合计",
        "formula": "35.00+30.00",
        "value": "65.00",
        "unit": "万元",
    }
    assert result["remarks"] == []
    totals = found["totals"]
    assert (totals["listed"], totals["unknown"], totals["used"]) == (1, 0, "40.50")
    assert (totals["enough"], totals["not_enough"]) == (0, 1)


@pytest.mark.rule("B4")
@pytest.mark.parametrize("said", ["同时申请入库", "优质企业简化遴选", "无", None])
async def test_who_is_not_known_to_be_listed_is_not_taken_for_it(
    site: Site, database: Database, said: str | None
) -> None:
    await an_enterprise(database)
    if said:
        await applied(database, BASE, pilot_list=said)
    await reported(database, BASE, K, "2026", answers("100.00", "40.00", "10.00", "6.00"))
    found = fine(await site.get(TAX))
    (one,) = found["items"]
    assert one["standing"] == "是否纳入试点企业不明"
    assert one["result"]["remarks"][0].startswith("没有该企业已纳入产教融合型试点企业的记录")
    totals = found["totals"]
    assert (totals["listed"], totals["unknown"], float(totals["used"])) == (0, 1, 0)
    assert (totals["enough"], totals["funds"]) == (1, "10.00"), (
        "training money has nothing to do with the list"
    )


@pytest.mark.rule("B4")
async def test_the_office_let_it_onto_the_list(site: Site, database: Database) -> None:
    """优质企业可简化遴选流程，直接纳入."""
    await an_enterprise(database)
    await applied(database, BASE, pilot_list="优质企业简化遴选", expedited=True)
    await reported(database, BASE, K, "2026", answers("100.00", "40.00"))
    (one,) = fine(await site.get(TAX))["items"]
    assert one["standing"] == "已纳入试点企业"


async def test_the_bases_of_one_enterprise_are_one_account(site: Site, database: Database) -> None:
    await an_enterprise(database)
    await an_enterprise(database, OTHER, city=City.DATONG)
    await applied(database, BASE, pilot_list="已入库")
    await reported(database, BASE, K, "2026", answers("60.00", "10.00"))
    await reported(database, OTHER, K, "2026", answers("40.00", "5.50"))
    (one,) = fine(await site.get(TAX))["items"]
    assert (one["bases"], one["result"]["used"]) == ([BASE, OTHER], "15.50")
    assert one["result"]["lines"][0]["formula"] == "60.00+40.00"
    account = fine(await site.get(f"{TAX}/{OTHER}"))
    assert account["years"] == [one["result"]]


async def test_a_city_and_a_contact_see_what_their_own_bases_reported(site: Site, database: Database) -> None:
    await an_enterprise(database)
    await an_enterprise(database, OTHER, city=City.DATONG)
    await reported(database, BASE, K, "2026", answers("60.00", "10.00"))
    await reported(database, OTHER, K, "2026", answers("40.00", "5.50"))
    await site.answers_for(OTHER)
    for by, bases, investment in (("city", [BASE], "60.00"), ("lead", [OTHER], "40.00")):
        (one,) = fine(await site.get(TAX, by))["items"]
        assert (one["bases"], one["result"]["investment"]) == (bases, investment)
        assert "该企业还有不在您查看范围内的基地，没有计入" in one["result"]["remarks"]
    assert refused(await site.get(f"{TAX}/{BASE}", "lead"), 404)["code"] == "base.not_found"
    assert refused(await site.get(f"{TAX}/{OTHER}", "city"), 404)["code"] == "base.not_found"
    assert fine(await site.get(f"{TAX}/{OTHER}", "lead"))["bases"] == [OTHER]


async def test_only_the_newest_version_of_what_stands_counts(site: Site, database: Database) -> None:
    await an_enterprise(database)
    await reported(database, BASE, K, "2025", answers("100.00", "0.00"))
    await reported(database, BASE, K, "2025", answers("10.00", "0.00"), version=2)
    await reported(database, BASE, K, "2026", answers("1.00", "0.00"), state=ObligationState.MISSING)
    found = fine(await site.get(TAX, year=2025))
    assert found["items"][0]["result"]["investment"] == "10.00"
    assert fine(await site.get(TAX, year=2026))["not_reported"] == [ENTERPRISE]


async def test_what_a_base_still_owes_is_said(site: Site, database: Database) -> None:
    await an_enterprise(database)
    await an_enterprise(database, OTHER)
    await reported(database, BASE, K, "2026", answers("60.00", "10.00"))
    await reported(database, OTHER, K, "2026", state=ObligationState.OPEN, on_time=None)
    (one,) = fine(await site.get(TAX))["items"]
    assert "本年度还有基地没有报送年考核，没有计入" in one["result"]["remarks"]


async def test_schools_and_applications_have_no_account(site: Site, database: Database) -> None:
    await a_base(database)
    await an_enterprise(database, OTHER, pilot_start=None)
    await reported(database, BASE, K, "2026", {"planning_score": "90"})
    assert fine(await site.get(TAX))["items"] == []
    for base in (BASE, OTHER):
        assert refused(await site.get(f"{TAX}/{base}"), 404)["code"] == "tax.not_computed"


@pytest.mark.parametrize("year", ["1999", "x", "10000"])
async def test_a_year_that_cannot_be_is_refused(site: Site, year: str) -> None:
    refused(await site.get(TAX, year=year), 422)


async def test_nobody_is_shown_who_answers_for_nothing(site: Site, database: Database) -> None:
    await an_enterprise(database)
    await reported(database, BASE, K, "2026", answers("60.00", "10.00"))
    assert fine(await site.get(TAX, "lead"))["items"] == []
