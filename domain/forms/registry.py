"""Which form belongs to which kind of obligation."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from domain.forms import dispatch
from domain.forms.questions import Doubt, FormContext, Question
from domain.policy.progress import Progress
from domain.terms import ObligationKind


class Form(BaseModel):
    """The questions of one kind of obligation, and how its answers are checked against each other."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind
    questions: tuple[Question, ...]
    doubts: Callable[[str, Mapping[str, str], FormContext], tuple[Doubt, ...]]
    offered_total: Callable[[Mapping[str, str], FormContext], Decimal | None]
    computed: Callable[[Mapping[str, str], FormContext], Progress | None]

    @cached_property
    def by_key(self) -> Mapping[str, Question]:
        """Questions by key."""
        return {q.key: q for q in self.questions}

    @cached_property
    def by_no(self) -> Mapping[int, Question]:
        """Questions by number."""
        return {q.no: q for q in self.questions}

    def given(self, values: Mapping[str, str]) -> "Form":
        """The form that is asked after these answers: the same whatever they are."""
        return self

    def next_open(self, values: Mapping[str, str]) -> str | None:
        """Key of the first question without an answer."""
        return next((q.key for q in self.questions if q.key not in values), None)


FORMS = {
    ObligationKind.DISPATCH: Form(
        kind=dispatch.KIND,
        questions=dispatch.QUESTIONS,
        doubts=dispatch.doubts,
        offered_total=dispatch.offered_total,
        computed=dispatch.computed,
    )
}
