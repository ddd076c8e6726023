"""What the coordinator says is heard in any words."""

from hypothesis import example, given
from hypothesis import strategies as st

from stresscampaigns.api.load_events import Failed, event_line, parse_events


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("line 2\u2028: invalid character\x85\r\n")
def test_a_failure_is_heard_whatever_characters_its_reason_holds(reason: str) -> None:
    failed = Failed(at=1.0, reason=reason)
    assert parse_events(f"hello\n{event_line(failed)}\n") == [failed]
