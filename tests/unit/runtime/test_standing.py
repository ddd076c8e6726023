"""Questions that stand until they are answered: asked once at a time, whoever asks."""

import asyncio

from stresscampaigns.runtime.standing import StandingQuestions
from tests.unit.runtime.fake_clock import FakeClock, run_in


class Oracle:
    """It takes a second."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.questions: StandingQuestions[str] = StandingQuestions()

    async def _answer(self, question: str) -> str:
        self.asked.append(question)
        await asyncio.sleep(1.0)
        return question.upper()

    async def ask(self, question: str) -> str | None:
        return await self.questions.ask("run", question, lambda: self._answer(question))


def test_two_who_ask_the_same_at_once_both_hear_the_one_answer() -> None:
    oracle = Oracle()

    async def both() -> list[str | None]:
        await oracle.ask("who")
        await asyncio.sleep(0.8)
        return await asyncio.gather(oracle.ask("who"), oracle.ask("who"))

    assert run_in(FakeClock(), both()) == ["WHO", "WHO"]
    assert oracle.asked == ["who"]


def test_of_what_is_forgotten_but_one_the_one_is_still_answered() -> None:
    oracle = Oracle()

    async def asked() -> list[str | None]:
        await asyncio.gather(oracle.ask("who"), oracle.ask("why"))
        oracle.questions.forget("run", but="why")
        await asyncio.sleep(1.0)
        return [await oracle.ask("why"), await oracle.ask("who")]

    assert run_in(FakeClock(), asked()) == ["WHY", None]
    assert oracle.asked == ["who", "why", "who"]
