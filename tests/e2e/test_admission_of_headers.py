"""Headers that cannot be sent are refused at apply, without showing what they hold; good ones are not."""

from typing import Any

import pytest

from demo.kubectl import CommandFailed
from tests.e2e.admission import Wrong, offer, refused, staged
from tests.e2e.campaigns import campaign

SECRET = {"secretKeyRef": {"name": "api-login", "key": ".token"}}


def with_headers(*headers: dict[str, Any]) -> dict[str, Any]:
    """A load that sends them."""
    return staged(headers=[*headers])


WRONG: dict[str, Wrong] = {
    "a name that is none": (
        {"load": with_headers({"name": "X Tenant", "value": "acme"})},
        "spec.load.headers[0].name",
        "no spaces and no colon",
    ),
    "one that is the client's own": (
        {"load": with_headers({"name": "HOST", "value": "elsewhere"})},
        "spec.load.headers[0].name",
        "the client's own",
    ),
    "one that would be two": (
        {"load": with_headers({"name": "X-Tenant", "value": "acme\r\nHost: elsewhere"})},
        "spec.load.headers[0].value",
        "no line breaks",
    ),
    "one that is given twice": (
        {"load": with_headers({"name": "X-Tenant", "value": "a"}, {"name": "x-tenant", "value": "b"})},
        "spec.load.headers",
        "two headers have the same name",
    ),
    "one without a value": (
        {"load": with_headers({"name": "X-Tenant"})},
        "spec.load.headers[0]",
        "either value or valueFrom",
    ),
    "one with two values": (
        {"load": with_headers({"name": "X-Tenant", "value": "acme", "valueFrom": SECRET})},
        "spec.load.headers[0]",
        "either value or valueFrom",
    ),
    "one out of nowhere": (
        {"load": with_headers({"name": "X-Tenant", "valueFrom": {}})},
        "spec.load.headers[0].valueFrom.secretKeyRef",
        "Required",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_they_are_refused_with_the_field_and_what_is_wrong(wrong: str) -> None:
    refused(WRONG[wrong])


def test_those_with_a_value_or_a_secret_are_accepted() -> None:
    plain = {"name": "X-Tenant", "value": "acme"}
    offer(campaign("headers", load=with_headers(plain, {"name": "Authorization", "valueFrom": SECRET})))


def test_a_refusal_does_not_repeat_what_they_hold() -> None:
    with pytest.raises(CommandFailed) as refusal:
        offer(campaign("headers", load=with_headers({"name": "Authorization", "value": "Bearer s3cret\n"})))
    assert "Invalid value" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)
