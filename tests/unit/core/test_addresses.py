"""What of a URL others may read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.core.addresses import shown

SECRET = "http://ann:s3cret@shop:8080/pay?key=s3cret"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://agents:8080", "http://agents:8080"),
        ("https://agents/path/to", "https://agents/path/to"),
        (SECRET, "http://shop:8080/pay?…"),
        ("http://s3cret@[::1]:80", "http://[::1]:80"),
        ("http://shop/a@b", "http://shop/a@b"),
        ("http://shop/#s3cret", "http://shop/?…"),
        ("nonsense", "nonsense"),
    ],
)
def test_neither_login_nor_query_is_shown(url: str, words: str) -> None:
    assert shown(url) == words


@given(st.text("ab:%=", min_size=1), st.text("ab&=@/"))
def test_whatever_they_are(login: str, query: str) -> None:
    assert shown(f"https://{login}@host/path?{query}") == "https://host/path?…"
