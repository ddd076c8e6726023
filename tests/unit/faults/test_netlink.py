"""The kernel's wire: what is packed is read again as it was."""

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.faults.netlink import Message, attribute, attributes, messages

kinds = st.integers(0, 0x3FFF)
sent = st.builds(Message, st.integers(0, 0xFFFF), st.binary(max_size=50), st.integers(0, 0xFFFF))


@given(st.dictionaries(kinds, st.binary(max_size=50)), st.binary(max_size=8).map(lambda head: head))
def test_attributes_are_read_as_they_were_written(wanted: dict[int, bytes], head: bytes) -> None:
    body = head + b"".join(attribute(kind, value) for kind, value in wanted.items())
    assert attributes(body, len(head)) == wanted


@given(st.lists(sent))
def test_messages_are_read_as_they_were_written(wanted: list[Message]) -> None:
    assert list(messages(b"".join(one.packed() for one in wanted))) == wanted


@given(st.binary(max_size=200))
def test_whatever_comes_reading_it_ends(torn: bytes) -> None:
    for message in messages(torn):
        assert len(attributes(message.body, 4)) <= len(torn)
