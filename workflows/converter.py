"""One plugin for client, worker and replayer, so that they cannot drift: pydantic payloads, whole refusals, sandbox."""

import dataclasses

from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from domain.errors import DomainError, Refusal

_TYPE = "DomainError"


class RefusalConverter(DefaultFailureConverter):
    """Carries a DomainError across processes whole: code, parameters and clause."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Write a refusal as an application error with the refusal as its detail."""
        if isinstance(exception, ActivityError) and isinstance(exception.cause, DomainError):
            exception = exception.cause
        if isinstance(exception, DomainError):
            error = ApplicationError(str(exception), exception.refusal, type=_TYPE, non_retryable=True)
            error.__traceback__ = exception.__traceback__
            exception = error
        super().to_failure(exception, payload_converter, failure)

    def from_failure(self, failure: Failure, payload_converter: PayloadConverter) -> BaseException:
        """Read a refusal back as the DomainError that it was."""
        info = failure.application_failure_info
        if failure.HasField("application_failure_info") and info.type == _TYPE:
            refusal = payload_converter.from_payload(info.details.payloads[0], Refusal)
            return DomainError.of(refusal)
        return super().from_failure(failure, payload_converter)


DATA_CONVERTER = dataclasses.replace(pydantic_data_converter, failure_converter_class=RefusalConverter)

PASSED_THROUGH = (
    "domain",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "zoneinfo",
    "tzdata",
    "workflows.assessment_card",
    "workflows.assessment_messages",
    "workflows.assessment_notices",
    "workflows.attributes",
    "workflows.calls",
    "workflows.cards",
    "workflows.messages",
    "workflows.outbox",
    "workflows.ports",
    "workflows.queues",
    "workflows.report_notices",
    "workflows.reporting",
    "workflows.supervision_card",
    "workflows.supervision_messages",
    "workflows.supervision_notices",
    "workflows.updates",
    "workflows.waiting",
)
"""Modules without state that workflows share with the host. Two copies of DomainError would not be the same class,
and building every model anew for each workflow costs most of a worker's time and memory. The workflows themselves
are loaded in the sandbox."""


def sandbox(restrictions: SandboxRestrictions = SandboxRestrictions.default) -> SandboxedWorkflowRunner:
    """The sandbox that workflows run in."""
    return SandboxedWorkflowRunner(restrictions=restrictions.with_passthrough_modules(*PASSED_THROUGH))


def _in_sandbox(given: WorkflowRunner | None) -> WorkflowRunner:
    return sandbox() if given is None or isinstance(given, SandboxedWorkflowRunner) else given


def plugin() -> SimplePlugin:
    """What every client, worker and replayer of this system is given."""
    return SimplePlugin(
        "jiebang",
        data_converter=DATA_CONVERTER,
        workflow_runner=_in_sandbox,
        workflow_failure_exception_types=[DomainError],
    )
