"""From views and notices to words and buttons. Nothing is decided here."""

from collections.abc import Mapping, Sequence

from bot.credit_words import explained
from bot.keyboards import ACT_LABEL, BaseAct, BaseButton, Button, TurnButton, keyboard
from bot.phrases import fitting, shortened
from bot.render_form import BUTTON_LIMIT, form_view, snooze_button, start_button, template_button
from bot.reply import Reply
from bot.words import Words
from casework.submission import LABELS
from domain.forms.registry import FORMS
from domain.terms import ObligationKind
from domain.views import Notice, NoticeKind, View

_ACTS = {
    NoticeKind.APPLICATION_OPEN: (BaseAct.SUBMIT, BaseAct.WITHDRAW),
    NoticeKind.PILOT_OVER: (BaseAct.CERTIFY,),
    NoticeKind.RETURNED: (BaseAct.FILL, BaseAct.SUPPLEMENT),
    NoticeKind.OFFERED: (BaseAct.TAKE, BaseAct.DECLINE),
}
"""What a notice asks the applicant to decide."""

_EXTRAS = ("document_no", "title", "rank", "reason")
"""What else is told of a decision, each in a line of its own, if there is any of it."""

_REMINDERS = frozenset({NoticeKind.OPENED, NoticeKind.SOON, NoticeKind.TODAY, NoticeKind.OVERDUE})

_PUT_OFF = _REMINDERS | {NoticeKind.HANDED_OVER}
"""May be put off until tomorrow."""

_TO_FILL = _PUT_OFF | {
    NoticeKind.ASKED,
    NoticeKind.REPORT_RETURNED,
    NoticeKind.REPORT_EXTENDED,
    NoticeKind.RESUMED,
    NoticeKind.REOPENED,
    NoticeKind.URGED,
}
"""There is a form to go on with."""

_ABOVE = frozenset({NoticeKind.DEPARTMENT_TOLD, NoticeKind.OFFICE_TOLD})
"""To those above the base, who fill nothing in."""

_REASONED = frozenset(
    {
        NoticeKind.ACCEPTED,
        NoticeKind.WAIVED,
        NoticeKind.OBJECTED,
        NoticeKind.REPORT_RETURNED,
        NoticeKind.REPORT_EXTENDED,
        NoticeKind.PAUSED,
        NoticeKind.RESUMED,
        NoticeKind.REOPEN_ASKED,
        NoticeKind.REOPENED,
        NoticeKind.REOPEN_REFUSED,
    }
)
"""Decisions about a report, told with what was said of them, if anything was."""

_IN_SHORT = _REMINDERS | _ABOVE | {NoticeKind.ASKED, NoticeKind.PAUSED, NoticeKind.RESUMED}
"""Have a shorter text for when several are told in one message."""

_LONGEST_REASON = 300
_LONGEST_ITEM_REASON = 100
_MOST_TURNS = 6


class Renderer:
    """Puts views into the words of one language."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def view(self, view: View, no: int) -> Reply:
        """What a form shows now; `no` is the obligation's number, for the buttons."""
        return form_view(self.words, view, no)

    def notice(self, notice: Notice, base_name: str, no: int | None, *, in_round: bool = False) -> Reply:
        """A message that goes out by itself."""
        text = self._told(notice, base_name)
        return Reply(text, keyboard(self._notice_buttons(notice, no, in_round=in_round)))

    def several(self, notices: Sequence[tuple[Notice, str, int | None]]) -> Reply:
        """One message for several notices, each with its base's name and its obligation's number."""
        say = self.words.say
        lines = [
            say("several.line", n=n, text=self._in_short(notice, base_name))
            for n, (notice, base_name, _) in enumerate(notices, 1)
        ]
        rest = "several.rest_unlisted" if all(n.kind in _ABOVE for n, _, _ in notices) else "several.rest"
        text = fitting(self.words, say("several.head", count=len(notices)), lines, rest)
        turns = [
            self._turn(n, notice, no)
            for n, (notice, _, no) in enumerate(notices, 1)
            if no is not None and notice.kind in _TO_FILL
        ]
        return Reply(text, keyboard(turns[:_MOST_TURNS], row=1))

    def act(self, act: BaseAct, base_id: str) -> Button:
        """A button for a decision of the applicant's own."""
        return Button(self.words.say(ACT_LABEL[act]), BaseButton(act=act, base_id=base_id))

    def _told(self, notice: Notice, base_name: str) -> str:
        params = self._params(notice, base_name)
        lines = [self.words.say(f"notice.{notice.kind}", **params)]
        if notice.kind in (NoticeKind.DECIDED, NoticeKind.OFFERED):
            wanted = _EXTRAS if notice.kind is NoticeKind.DECIDED else ("rank",)
            lines += [self.words.say(f"notice.decided_{one}", **params) for one in wanted if params.get(one)]
        if notice.kind in _REASONED:
            lines += self._reasons(notice.params)
        head, items = "\n".join(lines), self._returned_items(notice)
        return fitting(self.words, head, items, "notice.returned_rest") if items else head

    def _params(self, notice: Notice, base_name: str) -> dict[str, str]:
        params = self.words.named(notice.params) | {"base": base_name}
        if notice.kind is NoticeKind.RETURNED:
            params["items"] = "、".join(LABELS.get(item, item) for item in params["items"].split(","))
        if notice.kind is NoticeKind.CREDIT:
            params["explanation"] = explained(self.words, notice.params)
        return params

    def _reasons(self, params: Mapping[str, str]) -> list[str]:
        lines = []
        if params.get("reason"):
            reason = shortened(params["reason"], _LONGEST_REASON)
            lines.append(self.words.say("notice.decided_reason", reason=reason))
        if params.get("credit"):
            lines.append(explained(self.words, params))
        return lines

    def _returned_items(self, notice: Notice) -> list[str]:
        """A line for each item of a report that is to be answered again, with the reason."""
        params = notice.params
        if notice.kind is not NoticeKind.REPORT_RETURNED or not params.get("items"):
            return []
        form = FORMS[ObligationKind(params["kind"])]
        questions = [form.by_key[key] for key in params["items"].split(",")]
        return [
            self.words.say(
                "notice.returned_item",
                no=q.no,
                label=q.label,
                reason=shortened(params.get(f"reason_{q.key}", ""), _LONGEST_ITEM_REASON),
            )
            for q in questions
        ]

    def _in_short(self, notice: Notice, base_name: str) -> str:
        if notice.kind in _IN_SHORT:
            return self.words.say(f"several.{notice.kind}", **self._params(notice, base_name))
        return self._told(notice, base_name).partition("\n")[0]

    def _turn(self, n: int, notice: Notice, no: int) -> Button:
        label = self.words.say("button.turn_short", n=n, **self.words.named(notice.params))
        return Button(label[:BUTTON_LIMIT], TurnButton(no=no))

    def _notice_buttons(self, notice: Notice, no: int | None, *, in_round: bool) -> list[Button]:
        if notice.base_id and notice.kind in _ACTS:
            first = in_round and notice.kind is NoticeKind.APPLICATION_OPEN
            acts = (BaseAct.FILL, *_ACTS[notice.kind]) if first else _ACTS[notice.kind]
            return [self.act(act, notice.base_id) for act in acts]
        if no is None or notice.kind not in _TO_FILL:
            return []
        buttons = [start_button(self.words, no)]
        buttons += [snooze_button(self.words, no)] if notice.kind in _PUT_OFF else []
        return [*buttons, template_button(self.words, no)] if notice.kind is NoticeKind.OPENED else buttons
