"""The sample people of the demo: what is taken over, what is answered in every form, and who is late."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from app.import_row import Row
from app.sample import cells_of
from demo.answers import Asked, paper_of, value_of
from demo.evaluators import EVALUATORS
from demo.latecomers import Latecomers
from demo.people import (
    BASES,
    CITY_OF_OFFICIAL,
    CITY_OFFICIAL,
    COMPETENT,
    DEPUTIES,
    HEADS,
    LATECOMERS,
    NEWCOMER,
    OFFICIAL,
)
from demo.stories import FIRST_MONTH, bases_of, later_bases
from domain.forms.questions import AnswerKind, FormContext, Question
from domain.forms.registry import FORMS
from domain.lifecycle import Stage
from domain.policy.rounds import ROUND_2021
from domain.terms import Level, ObligationKind
from persistence.local_chat import LocalMessage
from persistence.pdf import check_pdf
from persistence.pictures import check_picture
from tests.support import at

_QUESTIONS = [(kind, q) for kind, form in FORMS.items() for q in form.questions]
_NOW = at("2024-01-08 10:00")


def asked(question: Question, who: str = NEWCOMER, *, returned: bool = False) -> Asked:
    return Asked(question, who, _NOW, returned)


@pytest.mark.parametrize(("kind", "question"), _QUESTIONS, ids=[f"{k}-{q.key}" for k, q in _QUESTIONS])
def test_every_question_gets_an_answer_that_is_taken(kind: ObligationKind, question: Question) -> None:
    if question.kind is AnswerKind.EVIDENCE:
        paper = paper_of(asked(question))
        assert paper or question.may_be_none
        return
    for who in (NEWCOMER, *LATECOMERS):
        assert question.parse(value_of(asked(question, who)), _NOW.date())


async def test_papers_are_what_they_are_called(tmp_path: Path) -> None:
    needed = [q for _, q in _QUESTIONS if q.kind is AnswerKind.EVIDENCE and not q.may_be_none]
    papers = {q.key: paper_of(asked(q)) for q in needed}
    assert {key: paper and paper.media_type for key, paper in papers.items()} == {
        "report": "application/pdf",
        "evidence": "image/png",
    }
    for paper in papers.values():
        assert paper
        assert paper.name.startswith("示例")
        if paper.media_type == "image/png":
            check_picture(paper.content)
        else:
            file = tmp_path / "paper.pdf"
            file.write_bytes(paper.content)
            assert await check_pdf(file) == 1


def test_what_was_returned_is_answered_otherwise() -> None:
    progress = FORMS[ObligationKind.DISPATCH].by_key["progress"]
    assert value_of(asked(progress)) != value_of(asked(progress, returned=True))


def test_figures_stay_around_what_is_usual() -> None:
    """Hardly anything is asked back, from month to month."""
    form = FORMS[ObligationKind.DISPATCH]
    months = [datetime(2023, month, 5, 10, tzinfo=_NOW.tzinfo) for month in range(1, 13)]
    doubted = 0
    last: Mapping[str, str] = {}
    for month in months:
        values = {
            q.key: q.parse(value_of(Asked(q, NEWCOMER, month, returned=False)))
            for q in form.questions
            if not q.cumulative
        }
        context = FormContext(last=dict(last))
        doubted += sum(bool(form.doubts(key, values, context)) for key in values)
        last = values
    assert 0 < doubted < 24


def test_everybody_says_that_they_are_samples() -> None:
    evaluators = [word for pair in EVALUATORS for word in pair]
    offices = (OFFICIAL, COMPETENT, CITY_OFFICIAL)
    for name in (*offices, *DEPUTIES.values(), *HEADS.values(), *LATECOMERS, *evaluators):
        assert name.startswith("示例")


def test_the_bases_of_the_beginning_have_deputies_and_the_city_office_has_one_of_its_own() -> None:
    assert set(DEPUTIES) == {base.code for base in BASES} >= set(HEADS)
    assert [base.city for base in BASES if base.level is Level.CITY] == [CITY_OF_OFFICIAL]


def test_the_story_of_the_call_begins_with_pilots() -> None:
    assert bases_of([ROUND_2021.slug], date(2022, 1, 4)) == BASES
    assert {base.stage for base in BASES} == {Stage.PILOT}


@pytest.mark.parametrize("today", [FIRST_MONTH, date(2023, 10, 7), date(2030, 12, 2)])
def test_what_is_taken_over_later_can_be(today: date) -> None:
    bases = later_bases(today)
    assert [base.contact for base in bases[:3]] == [base.contact for base in BASES]
    assert [base.code for base in bases if base.stage is Stage.PILOT] == ["示例-2021-03"]
    for cells in cells_of(bases):
        assert Row.model_validate(cells, context={"today": today})


def test_a_latecomer_wakes_once_for_each_overdue_report() -> None:
    late, told = Latecomers(), at("2023-10-12 10:00")
    overdue = LocalMessage(id=1, mine=False, text="1. 甲，已逾期\n2. 乙，已逾期", buttons=[], at=told)
    opened = LocalMessage(id=2, mine=False, text="月调度，共 22 项", buttons=[], at=told)
    late.hear(1, [overdue, opened], told)
    assert not late.wakes(1, told + timedelta(days=7))
    wakes = [late.wakes(1, told + timedelta(days=9)) for _ in range(3)]
    assert wakes == [True, True, False]
    late.hear(1, [overdue], told + timedelta(days=30))
    assert not late.wakes(1, told + timedelta(days=60)), "that is long locked"
