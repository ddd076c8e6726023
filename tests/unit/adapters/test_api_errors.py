"""Few kinds of errors, and the API server's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.adapters.kubernetes_errors import (
    AlreadyThere,
    ClusterError,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
    error_for,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotFound),
        (409, AlreadyThere),
        (413, Refused),
        (422, Refused),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_a_status_has_its_kind(status: int, kind: type[ClusterError]) -> None:
    assert type(error_for(status, "")) is kind


def test_what_is_too_large_for_etcd_is_so_at_every_try() -> None:
    said = error_for(500, "PATCH /status: etcdserver: request is too large")
    assert (type(said), str(said)) == (Refused, "PATCH /status: etcdserver: request is too large (HTTP 500)")


@given(st.integers(400, 599), st.text())
def test_every_error_keeps_the_servers_words_and_status(status: int, words: str) -> None:
    assert str(error_for(status, words)) == f"{words} (HTTP {status})"
