"""What waits for an office or a member unit, in words and buttons. Nothing is decided here."""

from collections.abc import Iterator

from bot.keyboards import Button, ItemButton, PageButton, SureButton, keyboard
from bot.phrases import fitting, shortened, shown
from bot.reply import Reply
from bot.words import Words
from casework.settled import Settled
from casework.worklist import UPHELD_WITH, Card, Reported, Signing, numbered
from domain.calendar import SHANGHAI, business_day, last_day_before, shown_end
from domain.forms.registry import FORMS
from domain.lifecycle import Step, possible
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.pending import LEAST, MOST, Pending
from domain.policy.duties import label
from domain.worklist import OF_STEP, SIGNED, Act, ItemKind, Needs, Official, Page, WorkItem

_LONGEST_VALUE = 60
_LONGEST_REASON = 300
_LONGEST_LABEL = 10  # characters of a button that every channel shows whole
_REPORT_ACTS = {
    (ItemKind.REPORT, Act.PASS): D.ACCEPT,
    (ItemKind.REPORT, Act.RETURN): D.RETURN,
    (ItemKind.CORRECTION, Act.PASS): D.REOPEN,
    (ItemKind.CORRECTION, Act.FAIL): D.REFUSE_REOPEN,
}


# The list


def listed(words: Words, official: Official, page: Page) -> Reply:
    """One page of what waits, the oldest first, with a button each."""
    if not page.items:
        return Reply(words.say("office.none", unit=official.unit))
    last = page.first + len(page.items) - 1
    head = words.say("office.head", unit=official.unit, total=page.total, first=page.first, last=last)
    lines = [head, *(_line(words, n, item) for n, item in enumerate(page.items, page.first))]
    if page.rest:
        lines.append(words.say("office.more", rest=page.rest, page=page.number + 1))
    if not official.may_decide:
        lines.append(words.say("office.read_only"))
    buttons = [
        Button(_short(words, n, item), _button(item, Act.SHOW))
        for n, item in enumerate(page.items, page.first)
    ]
    if official.may_decide and any(item.kind is ItemKind.REPORT and item.on_time for item in page.items):
        buttons.append(Button(words.say("office.button_all"), PageButton(page=page.number)))
    return Reply("\n".join(lines), keyboard(buttons))


def _button(item: WorkItem, act: Act) -> ItemButton:
    return ItemButton(kind=item.kind, ref=item.ref, mark=item.mark, act=act)


def _line(words: Words, n: int, item: WorkItem) -> str:
    until = words.say("office.until", until=shown_end(item.until)) if item.until else ""
    return words.say(
        "office.line", n=n, what=name_of(words, item), since=business_day(item.since), until=until
    )


def name_of(words: Words, item: WorkItem) -> str:
    """What waits: of which kind, and of which base."""
    named = words.named({"period": item.period, "kind": item.what}) if item.period else {"period": ""}
    known = {"kind": item.what, "base": item.base_name, **named}
    return words.say(f"office.what_{item.kind.name.lower()}", **known)


def _short(words: Words, n: int, item: WorkItem) -> str:
    """A button's label: a report's kind, a base's step, else what is to be done."""
    if item.kind in (ItemKind.REPORT, ItemKind.BASE):
        what = item.what
    else:
        what = words.say(f"office.short_{item.kind.name.lower()}")
    return f"{n}. {what}"[:_LONGEST_LABEL]


# Cards


def card(words: Words, official: Official, one: Card, site: str, *first: str) -> Reply:
    """What is needed to decide, and the decisions; below the lines of `first`. `site`: where our pages are."""
    head = "\n".join([*first, *_head(words, one, site)])
    text = fitting(words, head, list(_body(words, one)), "office.rest")
    acts = one.acts if official.may_decide else ()
    if not official.may_decide:
        text += "\n" + words.say("office.read_only")
    elif not acts:
        text += "\n" + _elsewhere(words, one)
    buttons = [
        Button(act_name(words, one.item.kind, act, one.detail)[:_LONGEST_LABEL], _button(one.item, act))
        for act in acts
    ]
    return Reply(text, keyboard([*buttons, next_button(words, one.item.kind, one.item.ref)]))


def next_button(words: Words, kind: ItemKind, ref: str) -> Button:
    """The oldest that waits besides this one."""
    data = ItemButton(kind=kind, ref=ref, mark=0, act=Act.NEXT)
    return Button(words.say("office.button_next"), data)


def _head(words: Words, one: Card, site: str) -> Iterator[str]:
    item, base = one.item, one.base
    until = words.say("office.until", until=shown_end(item.until)) if item.until else ""
    yield words.say("office.card", what=name_of(words, item), since=business_day(item.since), until=until)
    if base:
        place = {"lead": base.lead, "level": base.level, "city": base.city}
        yield words.say("office.card_base", **place, stage=base.stage, step=base.step)
    if one.files:
        link, last = f"{site}/files/{one.files.token}", last_day_before(one.files.expires_at)
        yield words.say("office.files", link=link, last=last)
    if one.reason:
        yield words.say("notice.decided_reason", reason=shortened(one.reason, _LONGEST_REASON))


def _body(words: Words, one: Card) -> Iterator[str]:
    if one.report:
        yield from _report(words, one.report)
    if one.signing:
        yield from _signing(words, one.signing)
    if one.supervised:
        row = one.supervised.row
        known = {"grade": row.grade, "approach": row.approach, "self_report": row.self_report}
        yield words.say("office.supervised", visited=row.visited or "—", open=row.orders_open, **known)
        for found in one.supervised.findings:
            said = shortened(found.text, _LONGEST_VALUE)
            yield words.say("office.finding", n=found.number, severity=found.severity, text=said)
    if one.task:
        who = one.task.contact_name or one.task.subject or "—"
        yield words.say("office.task", who=who, channel=one.task.channel or "—", why=one.task.why or "—")
        for untold in one.task.untold:
            yield words.say("office.untold", about=untold.about or untold.kind, at=business_day(untold.at))
    if one.assessed:
        score, grade = one.assessed.score, one.assessed.grade or "—"
        yield words.say("office.assessed", score="—" if score is None else score, grade=grade)


def _report(words: Words, one: Reported) -> Iterator[str]:
    """Doubts and progress first; then the figures, each beside the last one if that was another."""
    row = one.row
    if row.version:
        at = f"{row.ended_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if row.ended_at else ""
        timely = words.say("office.on_time" if row.on_time else "office.late")
        yield words.say("office.version", version=row.version, at=at, timely=timely, returns=row.returns)
    if one.ordered:
        yield words.say("form.ordered", note=shortened(one.ordered, _LONGEST_REASON))
    form = FORMS[row.kind]
    for doubt in one.doubts:
        question = form.by_key[doubt.question]
        said = words.say(doubt.code, **{**doubt.params, "label": question.label, "no": str(question.no)})
        yield words.say("office.doubt", text=said)
    if one.progress:
        done = {k: str(v) for k, v in one.progress.model_dump().items() if v is not None}
        if "completion" in done:
            yield words.say("form.summary_progress", **done)
    for question in form.questions:
        if question.key in one.values:
            value = shortened(shown(words, question, one.values[question.key]), _LONGEST_VALUE)
            line = words.say("form.summary_line", no=question.no, label=question.label, value=value)
            yield line + _beside(words, one, question.key)


def _beside(words: Words, one: Reported, key: str) -> str:
    """What stood there in the version before, or for the period before, if it was something else."""
    question, value = FORMS[one.row.kind].by_key[key], one.values[key]
    if one.before and one.before.get(key, value) != value:
        old = shortened(shown(words, question, one.before[key]), _LONGEST_VALUE)
        return words.say("office.corrected", old=old)
    if question.is_number and one.last.get(key, value) != value:
        return words.say("office.last", last=shown(words, question, one.last[key]))
    return ""


def _signing(words: Words, one: Signing) -> Iterator[str]:
    yield words.say("office.duty", duty=label(one.duty), party=one.party or "—", left=one.left)
    numbers = {key: n for n, (key, _) in numbered(ItemKind.SIGNATURE, "").items()}
    for item in one.papers:
        paper = one.there.get(item.key)
        code = "office.paper" if paper else "office.paper_missing"
        yield words.say(code, no=numbers[item.key], label=item.label, pages=paper.pages if paper else 0)


def _elsewhere(words: Words, one: Card) -> str:
    """What has to be done at the desk, and what is missing before it can be done."""
    if one.supervised and one.supervised.visit_missing:
        return words.say("office.visit_first")
    if one.supervised:
        return words.say("office.orders_first")
    if one.item.kind is ItemKind.ROUND:
        return words.say("office.round_at_the_desk")
    in_round = one.base.in_round if one.base else False
    kinds = possible(Step(one.item.what), in_round=in_round) if one.item.kind is ItemKind.BASE else ()
    return words.say("office.at_the_desk", possible="、".join(kinds) or "—")


def act_name(words: Words, kind: ItemKind, act: Act, detail: str) -> str:
    """What a decision is called."""
    if (kind, act) in _REPORT_ACTS:
        return _REPORT_ACTS[kind, act]
    match kind:
        case ItemKind.SIGNATURE:
            return SIGNED[act]
        case ItemKind.BASE:
            return OF_STEP[Step(detail)][act]
        case ItemKind.SUPERVISION:
            return words.say("office.act_conclude", conclusion=detail)
        case ItemKind.TASK:
            return words.say("office.act_done")
        case ItemKind.ASSESSMENT if act is Act.PASS:
            return words.say("office.act_propose")
        case ItemKind.ASSESSMENT if act is Act.PAPER:
            return words.say("office.act_publish")
    if act in UPHELD_WITH:
        return words.say("office.act_upheld_as", grade=UPHELD_WITH[act])
    return words.say("office.act_uphold" if act is Act.UPHOLD else "office.act_dismiss")


# Deciding


def prompt(words: Words, pending: Pending) -> str:
    """What has to be typed, or whether it is meant."""
    subject = pending.subject
    act = act_name(words, subject.kind, pending.act, subject.detail)
    match pending.needs:
        case Needs.REASON:
            return words.say("office.ask_reason", act=act, what=subject.name, least=LEAST, most=MOST)
        case Needs.PAPER:
            return words.say("office.ask_paper", act=act, what=subject.name)
        case Needs.ITEMS:
            return words.say("office.ask_items", act=act, what=subject.name)
    return sure_of(words, pending)


def sure_of(words: Words, pending: Pending, said: str = "") -> str:
    """The decision as it will be taken, with the reason, for a yes."""
    subject = pending.subject
    act = act_name(words, subject.kind, pending.act, subject.detail)
    lines = [words.say("office.sure", act=act, what=subject.name)]
    if said:
        lines.append(words.say("office.sure_said", said=said))
    return "\n".join(lines)


def asked(words: Words, pending: Pending) -> Reply:
    """The prompt, with yes and no where only that is missing."""
    if pending.ready is None:
        return Reply(pending.prompt)
    buttons = [
        Button(words.say("office.button_yes"), SureButton(no=pending.ready, sure=True)),
        Button(words.say("office.button_no"), SureButton(no=pending.ready, sure=False)),
    ]
    return Reply(pending.prompt, keyboard(buttons))


def decided(words: Words, pending: Pending) -> Reply:
    """What came of it, and the way on."""
    subject = pending.subject
    return Reply(pending.outcome or "", keyboard([next_button(words, subject.kind, subject.ref)]))


def settled(words: Words, by: Settled | None) -> str:
    """That somebody else was faster, by office."""
    if by is None:
        return words.say("office.gone")
    at = f"{by.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return words.say("office.settled", who=by.who, at=at, decision=by.what)
