"""That a base is never without anybody silently, and who stands in."""

import pytest

from casework.handing_over import default_of, meant
from domain.policy.people import Lack, Person, inherited, lacks
from domain.terms import ContactRole
from persistence.colleagues import Colleague

CONTACT, DEPUTY, HEAD = ContactRole.CONTACT, ContactRole.DEPUTY, ContactRole.HEAD


@pytest.mark.parametrize(
    ("people", "missing"),
    [
        ([(CONTACT, True)], set()),
        ([(CONTACT, False), (DEPUTY, True)], set()),
        ([(CONTACT, False)], {Lack.REACHED}),
        ([(DEPUTY, True)], {Lack.CONTACT}),
        ([(DEPUTY, True), (HEAD, False)], {Lack.CONTACT}),
        ([(HEAD, False)], {Lack.REACHED, Lack.CONTACT}),
        ([], {Lack.REACHED, Lack.CONTACT}),
    ],
)
def test_what_a_base_is_without(people: list[tuple[ContactRole, bool]], missing: set[Lack]) -> None:
    assert lacks(Person(*one) for one in people) == missing


@pytest.mark.parametrize(
    ("own", "left", "role"),
    [(None, DEPUTY, DEPUTY), (DEPUTY, CONTACT, CONTACT), (CONTACT, HEAD, CONTACT), (HEAD, DEPUTY, DEPUTY)],
)
def test_who_takes_over_keeps_the_higher_role(
    own: ContactRole | None, left: ContactRole, role: ContactRole
) -> None:
    assert inherited(own, left) is role


def colleague(number: int, role: ContactRole) -> Colleague:
    return Colleague(id=number, name=f"示例{number}", phone=None, role=role, bound=True)


@pytest.mark.parametrize(
    ("roles", "chosen"),
    [
        ([DEPUTY], 0),
        ([CONTACT, DEPUTY, HEAD], 1),
        ([CONTACT, HEAD], 0),
        ([HEAD], 0),
        ([DEPUTY, DEPUTY], None),
        ([CONTACT, CONTACT, HEAD], None),
        ([], None),
    ],
)
def test_a_form_goes_to_the_deputy_unless_there_are_several(
    roles: list[ContactRole], chosen: int | None
) -> None:
    others = [colleague(n, role) for n, role in enumerate(roles)]
    assert default_of(others) == (None if chosen is None else others[chosen])


def test_somebody_is_named_by_name_or_role() -> None:
    others = [colleague(1, CONTACT), colleague(2, HEAD), colleague(3, HEAD)]
    assert [one.id for one in meant(others, "示例1")] == [1]
    assert [one.id for one in meant(others, "负责人")] == [2, 3]
    assert meant(others, "设备") == []
