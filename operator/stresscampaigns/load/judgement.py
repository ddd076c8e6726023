"""What an exception in the block of an answer (`with self.client.get(…, catch_response=True)`) says of its request."""

from locust.exception import (
    CatchResponseError,
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)

_GOES_ELSEWHERE = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser)


def judgement(error: BaseException | None) -> BaseException | None:
    """As what the request fails; None: the answer speaks for itself, for the task only goes on elsewhere."""
    if error is None or isinstance(error, _GOES_ELSEWHERE):
        return None
    if isinstance(error, AssertionError):
        return CatchResponseError(str(error) or "an assertion failed")
    return error
