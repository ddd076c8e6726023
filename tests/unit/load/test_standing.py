"""A campaign's own headers, as the kubelet puts them into a worker: read once, and never told."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.load.http.request import prepare
from stresscampaigns.load.standing import HeaderError, standing_headers
from tests.unit.load.distributed import plan

URL = "http://agents:8080"
SENDABLE = st.binary().map(lambda held: held.translate(None, bytes([*range(32), 127])))


def sent(*headers: dict[str, str]) -> bytes:
    """The request that carries them."""
    made = plan(URL, headers=headers)
    return prepare("GET", URL, standing=standing_headers(made)).payload


def out_of_secret(folder: Path, held: bytes) -> dict[str, str]:
    """A header whose value is the key `token` of a Secret called `api-login`."""
    file = folder / "api-login" / "token"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(held)
    return {"name": "Authorization", "file": str(file)}


def test_a_plan_without_headers_has_none() -> None:
    assert standing_headers(plan(URL)) is None


def test_a_value_that_is_written_out_is_sent_as_it_is_in_utf_8() -> None:
    assert "\r\nX-Tenant: acme ü€\r\n".encode() in sent({"name": "X-Tenant", "value": "acme ü€"})


@given(SENDABLE.filter(bool), st.sampled_from([b"", b"\n", b"\r\n", b"\n\n"]))
def test_what_a_secret_holds_is_sent_byte_for_byte_but_for_the_ends_of_lines_behind_it(
    held: bytes, end: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        request = sent(out_of_secret(Path(folder), held + end))
    assert b"\r\nAuthorization: " + held + b"\r\n" in request


def test_a_tab_within_a_value_is_no_control_character(tmp_path: Path) -> None:
    assert b"\r\nAuthorization: a\tb\r\n" in sent(out_of_secret(tmp_path, b"a\tb"))


@given(st.sampled_from([*range(9), *range(10, 32), 127]))
def test_a_control_character_is_told_with_secret_and_key_and_without_the_value(code: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.raises(HeaderError) as told:
        sent(out_of_secret(Path(folder), b"s3cret%cs3cret\n" % code))
    assert str(told.value).startswith("header Authorization: key token of Secret api-login holds line breaks")
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("held", [b"", b"\n"])
def test_a_secret_that_holds_nothing_is_told(tmp_path: Path, held: bytes) -> None:
    with pytest.raises(HeaderError, match="key token of Secret api-login is empty"):
        sent(out_of_secret(tmp_path, held))


def test_a_secret_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = str(tmp_path / "api-login" / "token")
    with pytest.raises(HeaderError, match="key token of Secret api-login cannot be read: No such file"):
        sent({"name": "Authorization", "file": file})


def test_a_value_that_no_header_holds_is_refused_even_where_nobody_has_looked_at_it_before() -> None:
    with pytest.raises(HeaderError, match="header X-Tenant holds line breaks"):
        sent({"name": "X-Tenant", "value": "acme\r\nHost: elsewhere"})
