"""A URL at a link-local address is refused at apply, wherever the operator or the load would ask."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given

from stresscampaigns.api.base import LINK_LOCAL_PATTERN, no_link_local
from stresscampaigns.api.crd import definitions
from tests.unit.addresses import ADDRESSES


def is_refused(url: str) -> bool:
    return re.search(LINK_LOCAL_PATTERN, url) is not None


@given(ADDRESSES)
def test_an_address_is_refused_just_when_it_is_link_local(address: Any) -> None:
    for written in (str(address), str(address).upper()):
        host = f"[{written}]" if address.version == 6 else written
        for url in (f"http://{host}", f"https://{host}:8080/x", f"http://ann:pw@{host}/"):
            assert is_refused(url) == address.is_link_local


@pytest.mark.parametrize(
    "url", ["http://agents:8080", "http://169.254.example.com", "http://shop/169.254.1.1/", "http://fe80:80"]
)
def test_nothing_else_is(url: str) -> None:
    assert not is_refused(url)


@pytest.mark.parametrize("name", sorted(definitions()))
def test_wherever_somebody_is_asked(name: str) -> None:
    schema = yaml.safe_load(definitions()[name])["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    spec = schema["properties"]["spec"]["properties"]
    asks = spec.get("template", {}).get("properties", spec)
    fields = [("target", "url"), ("prometheus", "url"), ("load", "proxy")]
    for part, field in fields:
        assert no_link_local() in asks[part]["properties"][field]["x-kubernetes-validations"], (part, field)
