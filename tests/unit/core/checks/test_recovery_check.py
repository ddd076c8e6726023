"""How long until the service is good again, and what is said when nobody can know."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.load_result import Second
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import FAULT_END, T0, check, template, words
from tests.unit.core.measurements import ended_pod, evidence, fault_record, result, seconds

TEMPLATE = template()


def broken(until: int, length: int = 100) -> str:
    """The fault lasts from 50 to 60; the service is broken from 51 on."""
    return "+" * 51 + "-" * (until - 51) + "+" * (length - until)


def asked(picture: str | list[Second], *pods: object, **question: Any) -> CheckResult:
    wanted = check(**({"recovery": {"fault": "cut"}, "max": "15s"} | question))
    shown = seconds(picture) if isinstance(picture, str) else picture
    record = fault_record(*pods)  # type: ignore[arg-type]
    return judge(wanted, evidence(template=TEMPLATE, result=result(seconds=shown), faults=[record]))


@pytest.mark.parametrize(("until", "verdict"), [(74, "Passed"), (75, "Passed"), (76, "Failed")])
def test_a_recovery_at_the_threshold_keeps_it_and_a_second_later_breaks_it(until: int, verdict: str) -> None:
    assert asked(broken(until)).verdict == verdict


def test_the_answer_names_the_time_and_the_threshold() -> None:
    assert asked(broken(76)).message == "it: 16s since end of cut breaks <= 15s"
    told = asked(broken(76), recovery={"fault": "cut", "since": "faultStart"}, max="30s")
    assert told.message == "it: 26s since start of cut keeps <= 30s"


def test_a_service_that_was_never_broken_takes_no_time() -> None:
    told = asked("+" * 100)
    assert (told.verdict, told.value) == ("Passed", "0ms")


def test_a_stall_is_not_good() -> None:
    assert asked("+" * 51 + "." * 25 + "+" * 24).verdict == "Failed"


def test_what_good_means_is_the_campaigns_to_say() -> None:
    lenient = {"fault": "cut", "good_error_rate": "50%"}
    assert asked(broken(80), recovery=lenient).verdict == "Passed"
    slow = [
        second.model_copy(update={"p95_us": 300_000 if second.t > 50 else 10_000})
        for second in seconds("+" * 100)
    ]
    assert asked(slow, recovery={"fault": "cut", "good_p95": "200ms"}).verdict == "Failed"


def test_the_time_counts_from_when_the_fault_really_ended_in_the_last_pod() -> None:
    late = ended_pod(pod="postgres-1", ended_at=FAULT_END + 4)
    assert asked(broken(76), ended_pod(), late).value == "12s"


def test_a_service_that_stays_broken_for_longer_than_allowed_fails() -> None:
    told = asked(broken(100))
    assert (told.verdict, told.value) == ("Failed", "not recovered")
    assert told.message == (
        "it: not good again when the load ended; it takes 40s at least"
        "; the last bad second, 99: 10 completed, 5 of them failed, p95 10ms"
    )


@pytest.mark.parametrize(
    "picture",
    [
        broken(70, length=70),
        broken(98),
        broken(62, length=63),
        "+" * 60,
        "+" * 51 + "-" * 9,
        "",
    ],
    ids=["still broken", "late", "good too shortly", "calm", "nothing after the fault", "no seconds"],
)
def test_a_load_that_ends_too_early_to_tell_gives_no_answer(picture: str) -> None:
    told = asked(picture, max="40s")
    assert (told.verdict, told.value) == ("Inconclusive", None)


@pytest.mark.parametrize(
    ("missing", "words"), [("injected_at", "was not in force"), ("ended_at", "is not known to have ended")]
)
def test_a_fault_that_was_not_in_force_cannot_be_recovered_from(missing: str, words: str) -> None:
    told = asked("+" * 100, ended_pod(**{missing: None}))
    assert (told.verdict, told.message) == ("Inconclusive", f"it: no answer: the fault {words}")


@pytest.mark.parametrize("harmed", [0, None])
def test_a_fault_that_met_nothing_to_break_cannot_be_recovered_from(harmed: int | None) -> None:
    told = asked("+" * 100, ended_pod(harmed=harmed))
    assert (told.verdict, told.message) == ("Inconclusive", "it: no answer: the fault met nothing to break")


def test_a_second_whose_users_nobody_counted_is_a_second_all_the_same() -> None:
    shown = [s.model_copy(update={"users": 0}) if 60 <= s.t < 80 else s for s in seconds(broken(80))]
    assert asked(shown).verdict == "Failed"


@pytest.mark.parametrize("after", [(0, 0), (2, 1)], ids=["nothing completes", "the slowest complete"])
def test_the_second_in_which_an_open_load_is_over_is_none_of_the_services(after: tuple[int, int]) -> None:
    """Its users are still there by then: a last arrival must not be cut off."""
    completed, failed = after
    over = Second(t=100, completed=completed, failed=failed, p95_us=0, users=1000)
    told = asked([*seconds("+" * 100), over])
    assert (told.verdict, told.value) == ("Passed", "0ms")


def test_a_second_of_which_only_a_part_is_load_says_nothing() -> None:
    shorter = {"name": "high", "users": 20, "ramp": "10s", "duration": "59s400ms"}
    load = words()["load"] | {"stages": [words()["load"]["stages"][0], shorter]}
    known = evidence(template=template(load=load), result=result(seconds=seconds("+" * 99 + ".")))
    assert judge(check(recovery={"fault": "cut"}, max="15s"), known).verdict == "Passed"


def test_requests_that_drain_after_the_load_say_nothing_about_the_service() -> None:
    drain = Second(t=100, completed=1, failed=0, p95_us=3_000_000, users=0)
    assert asked([*seconds("+" * 100), drain]).verdict == "Passed"


def test_users_who_are_still_there_after_the_stages_show_no_recovery() -> None:
    told = asked(broken(100) + "+" * 5, max="60s")
    assert (told.verdict, told.value) == ("Inconclusive", None)


@settings(deadline=None)
@given(st.text("+-. ", max_size=100), st.integers(0, 45))
def test_a_pass_means_that_it_was_seen_to_be_good_again_in_time(picture: str, allowed: int) -> None:
    if asked("+" * 50 + picture, max=f"{allowed}s").verdict == "Passed":
        after = seconds("+" * 50 + picture)[60:]
        good = [s.t + T0 <= FAULT_END + allowed for s in after if s.completed and not s.failed]
        assert len(good) >= 3
        assert good[0]
