"""Acknowledged writes: one that is lost fails the check, and nothing passes that was not read back."""

import re
from typing import Any

import pytest

from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.written_set import WrittenElement, WrittenSet
from stresscampaigns.core.checks import judge
from tests.unit.core.builders import check
from tests.unit.core.measurements import evidence, result

ALL_THERE = {"attempted": 110, "acknowledged": 100, "unknown": 8, "refused": 2, "kept": 100}
LOST = [WrittenElement(element=f"w-{number}", after=48, before=56) for number in range(4)]


def judged(written: WrittenSet | None, untrusted: tuple[str, ...] = (), **asked: Any) -> CheckResult:
    wanted = check(**({"data_loss": {}, "max": 0} | asked))
    return judge(wanted, evidence(result=result(written=written), untrusted=untrusted))


def told(untrusted: tuple[str, ...] = (), asked: dict[str, Any] | None = None, **changes: Any) -> CheckResult:
    return judged(WrittenSet(**(ALL_THERE | changes)), untrusted, **(asked or {}))


def test_where_every_acknowledged_element_is_there_nothing_is_lost() -> None:
    found = told()
    assert (found.verdict, found.samples) == ("Passed", 100)
    assert found.message == "it: 0 of 100 acknowledged elements lost after the load keeps <= 0"


def test_a_loss_fails_and_names_what_was_lost_and_when_it_was_written() -> None:
    found = told(kept=99, lost=1, lost_elements=LOST[:1])
    assert found.verdict == "Failed"
    assert found.message == (
        "it: 1 of 100 acknowledged elements lost after the load breaks <= 0: "
        "w-0 (written 48s to 56s into the load)"
    )


def test_of_many_lost_elements_the_first_are_named() -> None:
    found = told(kept=96, lost=4, lost_elements=LOST)
    assert found.message.endswith("w-2 (written 48s to 56s into the load), …")


def test_a_duplicate_is_none_of_the_lost() -> None:
    found = told(kept=99, lost=1, lost_elements=LOST[:1], duplicated=1, duplicated_elements=LOST[1:2])
    assert found.message.endswith("breaks <= 0: w-0 (written 48s to 56s into the load)")


@pytest.mark.parametrize(
    ("most", "lost", "verdict"), [(0, 0, "Inconclusive"), (9, 0, "Passed"), (10, 2, "Inconclusive")]
)
def test_what_was_never_read_may_all_be_lost(most: int, lost: int, verdict: str) -> None:
    found = told(asked={"max": most}, kept=91 - lost, lost=lost, never_read=9)
    assert found.verdict == verdict


def test_a_loss_within_the_bound_is_allowed() -> None:
    assert told(asked={"max": 4}, kept=96, lost=4).verdict == "Passed"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"acknowledged": 0, "kept": 0, "unknown": 108},
            "no write was acknowledged: of 110 attempted 2 were",
        ),
        (
            {"kept": 90, "never_read": 10, "problem": "HTTP 503"},
            "10 acknowledged .* never read back: HTTP 503",
        ),
        ({"problem": "1 of 2 workers did not tell"}, "1 of 2 workers did not tell"),
        ({"untrusted": ("1 of 2 workers were lost",)}, "cannot be trusted: 1 of 2 workers were lost"),
    ],
)
def test_without_all_of_the_reading_nobody_can_say_that_nothing_is_lost(
    changes: dict[str, Any], words: str
) -> None:
    found = told(**changes)
    assert (found.verdict, found.value) == ("Inconclusive", None)
    assert re.search(words, found.message)


def test_a_loss_is_a_loss_though_not_all_was_read_and_the_load_is_in_doubt() -> None:
    found = told(
        ("a clock jumped",), kept=89, lost=1, never_read=10, problem="HTTP 503", lost_elements=LOST[:1]
    )
    assert found.verdict == "Failed"


def test_a_load_of_which_nothing_was_read_back_gives_no_answer() -> None:
    """It was aborted."""
    found = judged(None)
    assert found.verdict == "Inconclusive"
    assert "nothing that the load wrote was read back" in found.message


def test_duplicates_count_where_that_is_asked_and_a_listing_would_have_shown_them() -> None:
    strict = {"data_loss": {"duplicates": True}}
    assert told(listed=True, duplicated=2).verdict == "Passed"
    assert told(asked=strict, listed=True, duplicated=2, duplicated_elements=LOST[:2]).message == (
        "it: 0 of 100 acknowledged elements lost, 2 duplicated after the load breaks <= 0: "
        "w-0 (written 48s to 56s into the load), w-1 (written 48s to 56s into the load)"
    )
    assert told(asked=strict, listed=True).verdict == "Passed"
    assert told(asked=strict, listed=False).verdict == "Inconclusive"
