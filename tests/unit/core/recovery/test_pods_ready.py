"""How long pods take to be ready again, where they are not so only once, or longer than anybody looks."""

import pytest

from stresscampaigns.api.pod_watch import PodWatch
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import T0, check
from tests.unit.core.measurements import evidence
from tests.unit.core.recovery.watches import group, watch


def asked(over: PodWatch, bound: str) -> CheckResult:
    """Of a fault from 50 s to 60 s of a load of 100 s."""
    return judge(check(pods_ready={"fault": "cut"}, max=bound), evidence(watch=over))


def test_pods_that_fail_once_more_are_ready_again_when_they_stay_so() -> None:
    told = asked(watch(groups=(group("target", (51, 63), (65, 72)),)), "5s")
    assert (told.verdict, told.message) == ("Failed", "it: 12s since end of cut breaks <= 5s")


def test_what_fails_after_the_load_is_no_faults_doing() -> None:
    over = watch(groups=(group("target", (51, 63), (110, None)),), looked_at=T0 + 120)
    assert (asked(over, "10s").verdict, asked(over, "10s").value) == ("Passed", "3s")


@pytest.mark.parametrize("until", [103, None])
def test_of_pods_that_are_not_ready_when_the_load_ends_nobody_knows_more(until: float | None) -> None:
    over = watch(groups=(group("target", (51, until)),), looked_at=T0 + 160)
    assert asked(over, "60s").verdict == "Inconclusive"
    assert asked(over, "42s").verdict == "Inconclusive"
    assert asked(over, "39s").message == "it: pods of target not all ready again 40s after the end of cut"


def test_pods_that_took_too_long_fail_though_not_all_was_seen() -> None:
    over = watch(groups=(group("target", (51, 75)),), left_out=True)
    assert (asked(over, "10s").verdict, asked(over, "20s").verdict) == ("Failed", "Inconclusive")
