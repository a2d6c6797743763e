"""Updates that were dealt with: Temporal's own memory of their ids does not survive continue-as-new."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

_REMEMBERED = 200


def update_id() -> str:
    """The id of the update that is being handled."""
    info = workflow.current_update_info()
    if info is None:
        raise ApplicationError("not inside an update")
    return info.id


def remembered(handled: tuple[str, ...], done: str) -> tuple[str, ...]:
    """The ids to carry on with, the newest last."""
    return (*handled, done)[-_REMEMBERED:]
