"""Do the workers begin each stage together? The coordinator asks each of them as it begins one, and hears when it has.

A worker answers once it is at work on the stage's users, for it hears the question after the order: they are as far
apart as their answers are, by one clock. That the load has begun it answers at once: from then on it counts its own
seconds, and they are those of the load only as far as it heard so in time. In the open model workers follow the stages
by themselves, and are as far apart in each as in the first.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from locust.rpc.protocol import Message
from locust.runners import MasterRunner

from stresscampaigns.api.load_plan import PlannedStage
from stresscampaigns.load.stages import Begun, Steps, stage_at
from stresscampaigns.load.words import BEGUN, IN_STAGE, STAGE


class InStep:
    """Asks, and hears. `elapsed`: seconds from the load's start."""

    def __init__(
        self,
        runner: MasterRunner,
        stages: Sequence[PlannedStage],
        elapsed: Callable[[], float],
        only_first: bool,
    ) -> None:
        self._runner = runner
        self._stages = stages
        self._elapsed = elapsed
        self._only_first = only_first
        self._heard: dict[int, dict[str, float]] = {}
        runner.register_message(IN_STAGE, self._on_in_stage)

    def look(self, at: float) -> None:
        """The users of this moment have been asked for: if it is a stage's first one, the workers are asked, too."""
        number = stage_at(self._stages, at)
        asked = any(one != BEGUN for one in self._heard)
        if number in self._heard or (asked and self._only_first):
            return
        self._heard[number] = {}
        self._runner.send_message(STAGE, {"number": number})

    def steps(self, workers: Collection[str]) -> Steps:
        """As these workers have answered; one alone is in step with itself."""
        numbers = [number for number in self._heard if number != BEGUN] if len(workers) > 1 else []
        heard = self._of(BEGUN, workers)
        late = None if heard is None else max(heard, default=0.0)
        return Steps([self._begun(number, workers) for number in numbers], late)

    def _begun(self, number: int, workers: Collection[str]) -> Begun:
        stage, heard = self._stages[number], self._of(number, workers)
        return Begun(stage.name, stage.duration, None if heard is None else max(heard) - min(heard))

    def _of(self, number: int, workers: Collection[str]) -> list[float] | None:
        heard = self._heard.get(number, {})
        return [heard[worker] for worker in workers] if heard.keys() >= set(workers) else None

    def _on_in_stage(self, msg: Message, **_: Any) -> None:
        self._heard.setdefault(msg.data["number"], {}).setdefault(msg.node_id, self._elapsed())
