"""Which form belongs to which kind of obligation."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, cached_property
from types import ModuleType

from pydantic import BaseModel, ConfigDict

from domain.forms import assessment, dispatch, publication, rectification, report, supervision
from domain.forms.build import no_doubts, nothing
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

    @property
    def may_skip(self) -> bool:
        """Whoever reviews it can return what was left out."""
        return True

    def asked(self, context: FormContext) -> "Form":
        """The form as it is asked in this context: without what is asked of other leads only."""
        return _asked(self.kind, context.lead_kind)

    def given(self, values: Mapping[str, str]) -> "Form":
        """The form that is asked after these answers: the same whatever they are."""
        return self

    def next_open(self, values: Mapping[str, str]) -> str | None:
        """Key of the first question without an answer."""
        return next((q.key for q in self.questions if q.key not in values), None)


def _form(module: ModuleType) -> Form:
    """The form of a module: its questions, and how they are checked where that is anything special."""
    return Form(
        kind=module.KIND,
        questions=module.QUESTIONS,
        doubts=getattr(module, "doubts", no_doubts),
        offered_total=getattr(module, "offered_total", nothing),
        computed=getattr(module, "computed", nothing),
    )


@cache
def _asked(kind: ObligationKind, lead_kind: str | None) -> Form:
    whole = FORMS[kind]
    questions = tuple(q for q in whole.questions if q.only_for in (None, lead_kind))
    if len(questions) == len(whole.questions):
        return whole
    return Form(**{name: getattr(whole, name) for name in Form.model_fields} | {"questions": questions})


FORMS = {
    form.kind: form
    for form in map(_form, (dispatch, supervision, assessment, publication, report, rectification))
}
"""By kind, with every question that there is; `Form.asked` gives those of one lead."""
