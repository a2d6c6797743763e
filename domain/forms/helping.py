"""How a question is answered, for who asks back."""

from domain.forms.questions import MAX_NUMBER, AnswerKind, Question
from domain.views import Note

K = AnswerKind

_CODES = {
    K.MONEY: "note.help_money",
    K.AREA: "note.help_area",
    K.COUNT: "note.help_count",
    K.SCORE: "note.help_score",
    K.TEXT: "note.help_text",
    K.CHOICE: "note.help_choice",
    K.CHOICES: "note.help_choices",
    K.YES_NO: "note.help_yes_no",
    K.PARTIES: "note.help_parties",
    K.DATE: "note.help_date",
    K.EVIDENCE: "note.help_evidence",
}


def about(question: Question) -> Note:
    """What the answer is, with its unit and its limits."""
    most = int(MAX_NUMBER) if question.kind is K.COUNT else MAX_NUMBER
    params = {
        "label": question.label,
        "unit": question.unit,
        "most": str(most if question.is_number else question.max_length or question.most),
        "kinds": "、".join(question.files),
    }
    return Note(code=_CODES[question.kind], params=params)
