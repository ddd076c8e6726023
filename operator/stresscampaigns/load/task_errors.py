"""What goes wrong in a Locust file's tasks outside of any request, as a bare `assert`: no request, but no success."""

import traceback
from types import TracebackType

from stresscampaigns.load.recorder import Recorder, failure_kind, is_counted


class TaskErrors:
    """Listens to Locust's `user_error`; what was counted as a request's failure is not counted once more."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def on_user_error(self, exception: BaseException, tb: TracebackType | None, **_: object) -> None:
        """A task, or a user's `on_start`, has raised."""
        if not is_counted(exception):
            self._recorder.on_error(f"task {_task(tb)}", failure_kind(exception))


def _task(trace: TracebackType | None) -> str:
    """The task that Locust was at; else what Locust had called, such as `on_start`."""
    frames = [frame for frame, _ in traceback.walk_tb(trace)]
    tasks = [frame.f_locals["task"] for frame in frames if frame.f_code.co_name == "execute_task"]
    if tasks:
        return str(getattr(tasks[-1], "__name__", type(tasks[-1]).__name__))
    return frames[min(1, len(frames) - 1)].f_code.co_name if frames else "?"
