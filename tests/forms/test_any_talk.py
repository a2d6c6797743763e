"""Whatever is said to whichever form: nothing raises, everything can be shown, and what was accepted is canonical."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render import Renderer
from bot.words import chinese
from domain.forms.dialogue import take
from domain.forms.files import files_of, said_file
from domain.forms.questions import AnswerKind, FormContext
from domain.forms.reading import read
from domain.forms.registry import FORMS
from domain.forms.said import Draft, Said
from domain.forms.skipped import is_skipped
from domain.terms import LeadKind, ObligationKind
from domain.views import Action
from tests.forms.talk import Talk
from tests.support import FULL_BY_KIND

RENDERER = Renderer(chinese())
FILES = [f"{n:02x}" * 32 for n in range(8)]
WORDS = ["开始", "上一项", "同上期", "暂停", "汇总", "提交", "确认", "重填", "无", "完成", "重新上传", "明天"]
WORDS += ["跳过", "跳过 示例原因", "改 3", "怎么填", "暂缺：示例原因"]


def things_said(kind: ObligationKind) -> st.SearchStrategy[list[Said]]:
    """Words, answers good and bad, corrections, files, taps old and new."""
    answers = st.sampled_from(list(FULL_BY_KIND[kind].values()))
    files = st.sampled_from(FILES).map(said_file)
    text = st.one_of(
        st.text(max_size=20),
        st.sampled_from(WORDS),
        answers,
        files,
        st.sampled_from(["1", "2", "16", "-1", "2026-02-30", "7月1日", "是"]),
        st.builds("{}={}".format, st.integers(0, 25), st.one_of(answers, files, st.text(max_size=5))),
    )
    taps = st.builds(Said, action=st.sampled_from(Action), revision=st.none() | st.integers(0, 40))
    several = st.lists(text, max_size=4).map("\n".join)
    typed = st.one_of(text.map(lambda said: Said(text=said)), text.map(read), several.map(read))
    return st.lists(st.one_of(typed, taps), max_size=50)


def contexts(kind: ObligationKind) -> list[FormContext]:
    before = {q.key: q.parse(FULL_BY_KIND[kind][q.key]) for q in FORMS[kind].questions}
    enterprise = FormContext(lead_kind=LeadKind.ENTERPRISE, last=before, note="示例要求" * 50)
    again = dict.fromkeys([*before][::2], "请核对")
    return [FormContext(), enterprise, enterprise.model_copy(update={"before": before, "returned": again})]


@pytest.mark.parametrize("kind", FORMS)
@given(data=st.data())
@settings(database=None, deadline=None, max_examples=60)
def test_nothing_raises_and_everything_can_be_shown(kind: ObligationKind, data: st.DataObject) -> None:
    context = data.draw(st.sampled_from(contexts(kind)))
    left = {key: value for key, value in context.before.items() if key not in context.returned}
    talk = Talk(context, Draft(values=left), kind)
    for said in data.draw(things_said(kind)):
        turn = take(talk.form, context, talk.draft, said)
        assert take(talk.form, context, talk.draft, said) == turn, "a redelivery gets the same reply"
        talk.draft = turn.draft
        for key, value in talk.draft.values.items():
            question = talk.form.by_key[key]
            if question.kind is AnswerKind.EVIDENCE and value != "无":
                assert 1 <= len(files_of(value)) <= question.most
            else:
                assert is_skipped(value) or question.parse(value) == value
        shown = talk.view().model_copy(update={"notes": turn.notes})
        assert RENDERER.view(shown, 1).text
        if turn.submit:
            assert talk.draft.values.keys() == {q.key for q in talk.form.questions}
