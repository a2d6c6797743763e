"""A base that only remembers what it is told, for tests of what follows its reports."""

from temporalio import workflow

from workflows.messages import AssessmentResult, RectificationOrder


@workflow.defn
class StandIn:
    """Lives until what follows its report is over."""

    def __init__(self) -> None:
        self._orders: list[RectificationOrder] = []
        self._followed_up: list[str] = []
        self._grades: list[AssessmentResult] = []

    @workflow.run
    async def run(self) -> list[str]:
        """Wait for the end."""
        await workflow.wait_condition(lambda: bool(self._followed_up))
        return self._followed_up

    @workflow.signal
    def order_rectification(self, order: RectificationOrder) -> None:
        """Remember."""
        self._orders.append(order)

    @workflow.signal
    def followed_up(self, workflow_id: str) -> None:
        """Remember."""
        self._followed_up.append(workflow_id)

    @workflow.signal
    def assessed(self, result: AssessmentResult) -> None:
        """Remember."""
        self._grades.append(result)

    @workflow.query
    def grades(self) -> list[AssessmentResult]:
        """What was published."""
        return self._grades

    @workflow.query
    def orders(self) -> list[RectificationOrder]:
        """What was ordered."""
        return self._orders
