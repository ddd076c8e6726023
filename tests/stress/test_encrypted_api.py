"""An external API over TLS that fails as its client sees it: refused, silent, late; its TLS is never opened.

The load beside it cannot be trusted, so that there is no score. `make stress` runs them.
"""

import hashlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest

from tests.e2e.campaigns import NAMESPACE, campaign
from tests.e2e.secure_target import HOST, NAME, secure_target
from tests.e2e.secure_target import PORT as TLS_PORT
from tests.stress.fault_runs import BESIDE, in_turn
from tests.stress.probing import Observed, Probe, Row, as_json, observe, outcomes
from tests.stress.small_services import PORT, SmallService, small_services

pytestmark = pytest.mark.long

LATENCY = 0.3
COUNTED_BESIDE = "connections passed that were no plain HTTP/1"
API = SmallService("slow-api")
FAILING: dict[str, Any] = {
    "type": "ExternalApiFailure",
    "port": TLS_PORT,
    "peers": {"selector": {"matchLabels": {"app": NAME}}},
    "target": BESIDE,
    "whenNotSteady": "Inject",
}
"""Whatever comes of the load, which is poor on purpose."""
FAULTS: list[tuple[dict[str, Any], float]] = [
    ({"name": "refuses", **FAILING, "how": "Refused"}, 4),
    ({"name": "hangs", **FAILING, "how": "Silent"}, 5),
    ({"name": "late", **FAILING, "latency": f"{LATENCY * 1000:g}ms"}, 7),
    ({"name": "errors", **FAILING, "status": 503}, 4),
]
EVERY = [fault["name"] for fault, _ in FAULTS]


@dataclass(frozen=True)
class Secured(Observed):
    """With the certificate that the API really has."""

    certificate: str = ""


@pytest.fixture(scope="module")
def api(_probe: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """One client in the pod that the fault is put into, another one beside it."""
    faults, seconds = in_turn(FAULTS, gap=6)
    with secure_target(tmp_path_factory.mktemp("tls")) as authority, small_services(API):
        asked = (HOST, TLS_PORT, authority)
        probes = {
            "asks": Probe("probe", "handshakes", asked),
            "keeps": Probe("probe", "kept_session", asked),
            "others": Probe("deploy/external-api", "handshakes", asked),
        }
        seen = observe(overwhelmed(seconds, faults), probes)
        yield Secured(seen.status, seen.seen, seen.record, digest(authority))


def overwhelmed(seconds: float, faults: list[dict[str, Any]]) -> dict[str, Any]:
    """A campaign whose load has far too few users for its arrivals: each answer takes 50 ms."""
    work = {"method": "POST", "path": "/complete", "body": {"prompt": "anything"}}
    return campaign(
        "encrypted-api",
        target={"url": f"http://{API.name}.{NAMESPACE}:{PORT}", **API.target},
        load={
            "workers": 1,
            "maxInFlight": 1,
            "stages": [{"name": "only", "rate": 60, "duration": f"{seconds:g}s"}],
            "scenarios": [{"name": "http", "parameters": work}],
        },
        faults=faults,
    )


def digest(authority: str) -> str:
    """As the probe prints it."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(authority)).hexdigest()[:16]


def securing(rows: list[Row]) -> float:
    """The median time until TLS stands."""
    assert len(rows) > 10, "the probe saw too little"
    return median(row.number(2) for row in rows)


def through(api: Secured, fault: str, length: float = 0.3) -> list[Row]:
    """What came of connections that were over before the deadline, at which those through the proxy are cut.

    Args:
        length: seconds that one of them takes.
    """
    deadline = api.fault(fault)["endsAt"]
    return [row for row in api.during("asks", fault) if row.at < deadline - length]


@pytest.mark.parametrize(("fault", "outcome"), [("refuses", "refused"), ("hangs", "silent")])
def test_an_encrypted_api_that_is_away_is_so_as_was_asked(api: Secured, fault: str, outcome: str) -> None:
    rows = api.during("asks", fault, length=1.0)
    assert len(rows) >= 2, "the probe saw too little"
    assert outcomes(rows) == {outcome}
    assert {row.words[3] for row in rows} == {"-"}, "somebody spoke TLS"


def test_an_encrypted_api_is_as_late_as_was_asked(api: Secured) -> None:
    rows = through(api, "late", length=3 * LATENCY)
    assert outcomes(rows) == {"200"}
    assert securing(rows) - securing(api.before("asks", "late")) == pytest.approx(LATENCY, rel=0.1)


def test_an_answer_of_ours_does_not_get_into_tls_which_passes_and_is_counted_beside(api: Secured) -> None:
    rows = through(api, "errors")
    assert len(rows) > 20, "the probe saw too little"
    assert outcomes(rows) == {"200"}
    (pod,) = api.fault("errors")["pods"]
    assert (pod["harmed"], COUNTED_BESIDE in pod["unit"]) == (0, True), pod


def test_whoever_speaks_tls_speaks_with_the_api_itself(api: Secured) -> None:
    shown = {row.words[3] for probe in ("asks", "others") for row in api.seen[probe]}
    assert shown == {"-", api.certificate}
    assert not outcomes(api.seen["asks"]) & {"SSLCertVerificationError", "SSLError"}


@pytest.mark.parametrize("fault", ["late", "errors"])
def test_a_session_that_is_open_is_cut_when_the_fault_begins_and_when_its_proxy_goes(
    api: Secured, fault: str
) -> None:
    begin, end = api.window(fault).start, api.fault(fault)["endsAt"]
    broken = [row.at for row in api.seen["keeps"] if begin - 1 <= row.at <= end + 2 and row.words[0] != "200"]
    assert broken == [pytest.approx(begin, abs=0.5), pytest.approx(end, abs=0.5)]


@pytest.mark.parametrize("fault", EVERY)
def test_others_are_served_by_the_api_as_ever(api: Secured, fault: str) -> None:
    rows = api.during("others", fault)
    assert outcomes(rows) == {"200"}
    assert securing(rows) < 0.1


@pytest.mark.parametrize("fault", EVERY)
def test_the_api_is_as_it_was_when_a_fault_is_over(api: Secured, fault: str) -> None:
    rows = api.after("asks", fault)
    assert outcomes(rows) == {"200"}
    assert securing(rows) < 0.1
    assert outcomes(api.after("keeps", fault)) == {"200"}
    assert {pod["outcome"] for pod in api.fault(fault)["pods"]} == {"Ended"}


def test_a_load_that_cannot_be_trusted_leaves_no_score(api: Secured) -> None:
    score = api.status["resilience"]
    assert "score" not in score, as_json(api)
    assert "arrivals were dropped" in score["reason"]
    assert api.status["verdict"] == "Inconclusive"
