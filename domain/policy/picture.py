"""The picture of a period for the office: how much of it is told, and when it goes out. All ours (本系统约定)."""

from datetime import time

from domain.policy.source import CALL_DATE, Dated, ours

PICTURE = ours("调度情况")

INVESTED = "invest_total"
"""The item of a form that 完成率 is computed from: invested since the start of construction, in 万元."""

STOCKS = ("teachers_dual",)
"""Items that tell how many there are, not how many have come: adding up their months means nothing."""

CHANGES_SHOWN = (Dated(CALL_DATE, 10, PICTURE),)
"""Biggest changes against the period before."""

PLACES_IN_MESSAGE = (Dated(CALL_DATE, 3, PICTURE),)
"""First places of a league table in the message; the whole table is in the workbook."""

HEADLINES = (Dated(CALL_DATE, ("invest_month", "certified", "partners_new"), PICTURE),)
"""Items whose totals are in the message."""

ASKED_AT = (Dated(CALL_DATE, time(9, 7), PICTURE),)
"""When of a day it is looked up which pictures go out."""

LOOKS_BACK = (Dated(CALL_DATE, 5, PICTURE),)
"""Working days for which a picture that did not go out on its day is made up for."""
