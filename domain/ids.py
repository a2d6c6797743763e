"""How things are called."""

from domain.terms import OBLIGATION_SLUG, ObligationKind


def base_id(round_slug: str, direction: int, n: int) -> str:
    """`base-2021-03-1`: the n-th application of a round for a direction."""
    return f"base-{round_slug}-{direction:02d}-{n}"


def obligation_id(base: str, kind: ObligationKind, period: str) -> str:
    """`obligation-base-2021-03-1-monthly-2022-01`."""
    return f"obligation-{base}-{OBLIGATION_SLUG[kind]}-{period}"


def round_id(slug: str) -> str:
    """`round-2021`: the workflow of a round."""
    return f"round-{slug}"
