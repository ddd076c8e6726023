"""Moments, written and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.core.clocktime import from_rfc3339, to_rfc3339


@given(st.integers(0, 4_000_000_000))
def test_a_whole_second_comes_back_as_it_was(moment: int) -> None:
    assert from_rfc3339(to_rfc3339(moment)) == moment


def test_parts_of_a_second_are_cut_off_so_that_a_moment_never_lies_ahead() -> None:
    assert to_rfc3339(1_800_000_000.999) == "2027-01-15T08:00:00Z"


def test_any_offset_is_read() -> None:
    assert from_rfc3339("2027-01-15T09:00:00.5+01:00") == 1_800_000_000.5


def test_what_is_no_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        from_rfc3339("yesterday")
