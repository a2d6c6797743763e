"""Search attributes: the one registry. None is named Status (the UI cannot show it), none holds personal data."""

from datetime import datetime

from temporalio import workflow
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.common import (
    SearchAttributeIndexedValueType as Type,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

STAGE = SearchAttributeKey.for_keyword("Stage")
LEVEL = SearchAttributeKey.for_keyword("Level")
CITY = SearchAttributeKey.for_keyword("City")
DIRECTION = SearchAttributeKey.for_keyword("Direction")
LEAD_KIND = SearchAttributeKey.for_keyword("LeadKind")
OBLIGATION_KIND = SearchAttributeKey.for_keyword("ObligationKind")
PERIOD = SearchAttributeKey.for_keyword("Period")
WAITING_FOR = SearchAttributeKey.for_keyword("WaitingFor")
NEXT_DUE = SearchAttributeKey.for_datetime("NextDue")
OVERDUE = SearchAttributeKey.for_bool("Overdue")

REGISTRY = {
    key.name: {
        Type.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        Type.DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
        Type.BOOL: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    }[key.indexed_value_type]
    for key in (
        STAGE,
        LEVEL,
        CITY,
        DIRECTION,
        LEAD_KIND,
        OBLIGATION_KIND,
        PERIOD,
        WAITING_FOR,
        NEXT_DUE,
        OVERDUE,
    )
}


def of_obligation(kind: str, period: str, waiting_for: str, due: datetime) -> TypedSearchAttributes:
    """Attributes that an obligation starts with."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(OBLIGATION_KIND, kind),
            SearchAttributePair(PERIOD, period),
            SearchAttributePair(WAITING_FOR, waiting_for),
            SearchAttributePair(NEXT_DUE, due),
            SearchAttributePair(OVERDUE, False),
        ]
    )


def of_base(
    *,
    stage: str,
    level: str,
    city: str,
    direction: str,
    lead_kind: str,
    waiting_for: str,
    next_due: datetime | None,
) -> TypedSearchAttributes:
    """Attributes that a base starts with."""
    pairs: list[SearchAttributePair[str] | SearchAttributePair[datetime] | SearchAttributePair[bool]] = [
        SearchAttributePair(STAGE, stage),
        SearchAttributePair(LEVEL, level),
        SearchAttributePair(CITY, city),
        SearchAttributePair(DIRECTION, direction),
        SearchAttributePair(LEAD_KIND, lead_kind),
        SearchAttributePair(WAITING_FOR, waiting_for),
        SearchAttributePair(OVERDUE, False),
    ]
    if next_due:
        pairs.append(SearchAttributePair(NEXT_DUE, next_due))
    return TypedSearchAttributes(pairs)


Update = SearchAttributeUpdate[str] | SearchAttributeUpdate[datetime] | SearchAttributeUpdate[bool]


def changes_of_base(
    stage: str, level: str, waiting_for: str, next_due: datetime | None, overdue: bool
) -> tuple[Update, ...]:
    """What may change in a base's life."""
    due = NEXT_DUE.value_unset() if next_due is None else NEXT_DUE.value_set(next_due)
    return (
        STAGE.value_set(stage),
        LEVEL.value_set(level),
        WAITING_FOR.value_set(waiting_for),
        due,
        OVERDUE.value_set(overdue),
    )


def of_round(phase: str, waiting_for: str, next_due: datetime | None) -> TypedSearchAttributes:
    """Attributes that a round starts with."""
    pairs: list[SearchAttributePair[str] | SearchAttributePair[datetime]] = [
        SearchAttributePair(STAGE, phase),
        SearchAttributePair(WAITING_FOR, waiting_for),
    ]
    if next_due:
        pairs.append(SearchAttributePair(NEXT_DUE, next_due))
    return TypedSearchAttributes(pairs)


def changes_of_round(phase: str, waiting_for: str, next_due: datetime | None) -> tuple[Update, ...]:
    """What may change in a round's life."""
    due = NEXT_DUE.value_unset() if next_due is None else NEXT_DUE.value_set(next_due)
    return (STAGE.value_set(phase), WAITING_FOR.value_set(waiting_for), due)


def upsert_if_changed(wanted: tuple[Update, ...]) -> None:
    """Upsert what differs from what stands: an upsert is an event in a history that lives for years."""
    current = workflow.info().typed_search_attributes
    changed = [update for update in wanted if current.get(update.key) != update.value]
    if changed:
        workflow.upsert_search_attributes(changed)
