"""The province's reports as DOCX: drafted from the figures, in the words and tables of the templates (A14)."""

import io
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from mailmerge import MailMerge

from casework.official import chinese_date, printable
from casework.report_templates import TEMPLATES
from domain.picture import words_of
from domain.policy.province_reports import title_of
from domain.province_facts import Problem
from domain.province_report import Amount, Count, OnTime, ProvinceReport, Source

NOTHING = "—"

Row = dict[str, str]


def draft(report: ProvinceReport, today: date) -> bytes:
    """A DOCX for people to finish."""
    target = io.BytesIO()
    with MailMerge(TEMPLATES[report.period.kind]) as paper:
        for lines in tables(report).values():
            paper.merge_rows(next(iter(lines[0])), [_clean(line) for line in lines])
        paper.merge(**_clean(fields(report, today)))
        paper.write(target)
    return target.getvalue()


def fields(report: ProvinceReport, today: date) -> Row:
    """What stands once in the text, by merge field."""
    return {
        "title": title_of(report.period),
        "period": words_of(report.period),
        "day": chinese_date(report.day),
        "today": chinese_date(today),
        **{
            name: f"{getattr(report, name):,}"
            for name in ("bases", "begun", "certified", "gone", "suspended")
        },
        "levels": _enumerated(report.levels),
        "stages": _enumerated(report.stages),
        "invested_in_period": _money(report.invested_in_period),
        "progress": _progress(report),
        "funds_in_period": _money(report.funds.in_period),
        "funds_total": _money(report.funds.total),
        "trained": f"{report.trained.in_period:,.0f}",
        "trained_total": f"{report.trained.total:,.0f}",
        "earned": _money(report.earned.in_period),
        "earned_total": _money(report.earned.total),
        "problems": _problems(report),
        "grades": _grades(report),
    }


def tables(report: ProvinceReport) -> Mapping[str, list[Row]]:
    """The lines of each table, by merge field; a line of dashes where there is nothing."""
    return {
        "city": _lines("city", map(_counted, report.cities), _COUNTED),
        "direction": _lines("direction", map(_counted, report.directions), _COUNTED),
        "source": _lines("source", map(_source, (*report.sources, report.funds)), _SOURCE),
        "training": _lines("training", map(_amount, (*report.training, report.trained)), _AMOUNT),
        "skill": _lines("skill", map(_amount, report.skills), _AMOUNT),
        "income": _lines("income", map(_amount, (*report.income, report.earned)), _AMOUNT),
        "report": _lines("report", map(_on_time, report.on_time), _ON_TIME),
        "helper": _lines("helper", map(_counted, report.helpers), _COUNTED),
        "problem": _lines("problem", map(_problem, report.problems), _PROBLEM),
        "grade": _lines("grade", map(_counted, report.grades), _COUNTED),
    }


_COUNTED = ("name", "count", "share")
_SOURCE = ("name", "planned", "period", "total", "rate")
_AMOUNT = ("name", "unit", "period", "total")
_ON_TIME = ("kind", "owed", "on_time", "late", "missing", "open", "rate")
_PROBLEM = ("base", "month", "text", "helper")


def _lines(of: str, lines: Iterable[Iterable[str]], names: Iterable[str]) -> list[Row]:
    columns = [f"{of}_{name}" for name in names]
    found = [dict(zip(columns, line, strict=True)) for line in lines]
    return found or [dict.fromkeys(columns, NOTHING)]


def _counted(one: Count) -> tuple[str, ...]:
    return one.name, f"{one.count:,}", _percent(one.share)


def _source(one: Source) -> tuple[str, ...]:
    planned = _money(one.planned) if one.planned else NOTHING
    return one.name, planned, _money(one.in_period), _money(one.total), _percent(one.rate)


def _amount(one: Amount) -> tuple[str, ...]:
    write = _money if one.unit == "万元" else "{:,.0f}".format
    name = f"{one.label}（期末数）" if one.stock else one.label
    return name, one.unit, write(one.in_period), NOTHING if one.stock else write(one.total)


def _on_time(one: OnTime) -> tuple[str, ...]:
    counts = (one.owed, one.on_time, one.late, one.missing, one.open)
    return one.kind, *(f"{count:,}" for count in counts), _percent(one.rate)


def _problem(one: Problem) -> tuple[str, ...]:
    return one.base, one.period, one.text, one.help_from


def _progress(report: ProvinceReport) -> str:
    if report.progress is None:
        return "没有基地登记计划总投资，不计算完成率。"
    said = (
        f"有计划总投资的基地计划总投资{_money(report.planned)}万元，累计完成{_money(report.invested)}万元，"
        f"完成率{report.progress.completion}%，序时进度{report.progress.time}%，{_gap(report.progress.gap)}。"
    )
    left_out = f"另有{report.without_plan}个基地没有登记计划总投资，未计入。" if report.without_plan else ""
    return said + left_out


def _gap(gap: Decimal | None) -> str:
    if not gap:
        return "与序时进度持平"
    return f"{'快于' if gap > 0 else '慢于'}序时进度{abs(gap)}个百分点"


def _problems(report: ProvinceReport) -> str:
    asked = sum(one.count for one in report.helpers)
    return (
        f"共有{asked}个基地提出需要成员单位协调的事项。" if asked else "没有基地提出需要成员单位协调的事项。"
    )


def _grades(report: ProvinceReport) -> str:
    if not report.grades:
        return f"{words_of(report.period)}没有公布的考核评估结果。"
    return (
        f"已公布{sum(one.count for one in report.grades)}个基地的考核评估结果：{_enumerated(report.grades)}。"
    )


def _enumerated(counts: Iterable[Count]) -> str:
    return "、".join(f"{one.name}{one.count:,}个" for one in counts) or "没有基地"


def _money(value: Decimal) -> str:
    return f"{value:,.2f}"


def _percent(value: Decimal | None) -> str:
    return NOTHING if value is None else str(value)


def _clean(row: Row) -> Row:
    return {name: printable(text) for name, text in row.items()}
