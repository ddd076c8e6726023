"""Faults on the staging system, judged twice: the target suffers what was asked for, as probes outside of the fault
measure it; and when it is over, the service is well again.

`make stress` runs them; those of others' APIs and of a full database are in test_external_failures.py.
"""

from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from demo.deploy import deploy
from demo.kubectl import run
from stresscampaigns.api.recovery_record import MOST_NAMED
from tests.e2e.campaigns import NAMESPACE
from tests.e2e.node import database_reachable
from tests.stress.fault_runs import CUT_UNNOTICED, databases, kills, networks, pressures
from tests.stress.probing import (
    Observed,
    Row,
    arrived,
    as_json,
    connecting,
    is_well_afterwards,
    outcomes,
    pods,
)
from tests.stress.rehearsals import rehearsed, with_verdict

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def network(_probe: None) -> Observed:
    return networks()


@pytest.fixture(scope="module")
def database(_probe: None) -> Observed:
    return databases()


@pytest.fixture(scope="module")
def pressure(_probe: None) -> Observed:
    return pressures()


@pytest.fixture(scope="module")
def kill(_probe: None) -> Observed:
    return kills()


# What is asked, and what comes of it.


def bytes_a_second(rows: list[Row]) -> float:
    """Of half seconds."""
    assert len(rows) > 5, "the probe saw too little"
    return sum(row.number(0) for row in rows) / len(rows) / 0.5


def test_a_narrow_path_lets_as_much_through_as_was_asked(network: Observed) -> None:
    narrow = network.during("bytes", "narrow", margin=0.5, length=0.5)
    assert bytes_a_second(narrow) == pytest.approx(4e6 / 8, rel=0.1)
    assert bytes_a_second(network.after("bytes", "narrow")) > 0.8 * 10e6 / 8


def test_latency_is_what_was_asked(network: Observed) -> None:
    longer = connecting(network.during("asks", "far")) - connecting(network.before("asks", "far"))
    assert longer == pytest.approx(0.1, rel=0.1)


def test_loss_is_what_was_asked(network: Observed) -> None:
    came, twice = arrived(network, "lossy")
    assert 1 - came == pytest.approx(0.2, abs=0.02)
    assert twice == 0


def test_as_many_packets_come_twice_as_were_asked(network: Observed) -> None:
    came, twice = arrived(network, "twice")
    assert came == pytest.approx(1, abs=0.01)
    assert twice == pytest.approx(0.2, abs=0.02)


def test_as_many_packets_are_damaged_as_were_asked_and_no_damaged_one_is_delivered(network: Observed) -> None:
    came, _ = arrived(network, "noisy")
    assert 1 - came == pytest.approx(0.2, abs=0.02)


def test_nothing_passes_a_partition(network: Observed) -> None:
    assert outcomes(network.during("asks", "apart")) == {"silent"}
    assert network.fault("apart")["impact"]["failed"] > 0


def test_a_partition_from_some_peers_is_felt_by_them_alone(network: Observed) -> None:
    assert outcomes(network.during("asks", "unheard")) == {"silent"}
    assert network.fault("unheard")["impact"]["failed"] == 0


@pytest.mark.parametrize("fault", ["far", "lossy", "twice", "noisy", "apart", "unheard"])
def test_the_network_is_as_it_was_when_a_fault_is_over(network: Observed, fault: str) -> None:
    rows = network.after("asks", fault)
    assert outcomes(rows) == {"answered"}
    assert connecting(rows) < 0.02


def test_the_service_gets_over_every_fault_of_the_network(network: Observed) -> None:
    is_well_afterwards(network)


@pytest.mark.parametrize(("fault", "outcome"), [("refused", "refused"), ("silent", "silent")])
def test_a_database_that_is_away_answers_as_was_asked(database: Observed, fault: str, outcome: str) -> None:
    assert outcomes(database.during("asks", fault)) == {outcome}
    assert database.fault(fault)["impact"]["failed"] > 0


def test_a_slow_database_is_as_slow_as_was_asked(database: Observed) -> None:
    longer = connecting(database.during("asks", "slow")) - connecting(database.before("asks", "slow"))
    assert longer == pytest.approx(0.15, rel=0.1)


def test_connections_are_cut_once_and_new_ones_pass(database: Observed) -> None:
    window = database.window("cut")
    cut = [row for row in database.seen["held"] if window.start - 0.5 <= row.at <= window.end]
    assert [row.words[0] for row in cut] == ["cut"]
    assert outcomes(database.during("asks", "cut", margin=0.5)) == {"connected"}


def test_a_service_that_does_not_try_again_is_found_out_when_its_connections_are_cut(
    database: Observed,
) -> None:
    assert with_verdict(database.status, "Failed") == {CUT_UNNOTICED["name"]}, as_json(database)


def test_a_name_that_was_named_does_not_resolve_and_others_do(database: Observed) -> None:
    assert outcomes(database.during("names", "no-such-name")) == {"3"}
    assert outcomes(database.during("other-names", "no-such-name")) == {"0"}


def test_without_dns_no_name_resolves(database: Observed) -> None:
    assert outcomes(database.during("names", "no-names", length=0.4)) == {"silent"}
    assert outcomes(database.during("other-names", "no-names", length=0.4)) == {"silent"}
    assert outcomes(database.after("names", "no-names")) == {"0"}


@pytest.mark.parametrize("fault", ["refused", "silent", "slow", "cut"])
def test_the_database_is_as_it_was_when_a_fault_is_over(database: Observed, fault: str) -> None:
    rows = database.after("asks", fault)
    assert outcomes(rows) == {"connected"}
    assert connecting(rows) < 0.02


def test_the_service_gets_over_every_fault_of_the_database_and_has_lost_nothing(database: Observed) -> None:
    is_well_afterwards(database, but={CUT_UNNOTICED["name"]})
    assert database.status["dataLoss"]["acknowledged"] > 100
    assert database_reachable()


def test_a_service_that_hangs_accepts_and_never_answers(pressure: Observed) -> None:
    assert outcomes(pressure.during("asks", "hung", length=1.0)) == {"hangs"}
    assert pressure.fault("hung")["impact"]["failed"] > 0
    assert outcomes(pressure.after("asks", "hung")) == {"answered"}


def test_a_pod_that_is_made_unready_answers_and_gets_no_traffic(pressure: Observed) -> None:
    assert outcomes(pressure.during("asks", "unready")) == {"answered"}
    late = pressure.window("unready").end - 4
    assert "answered" not in outcomes([row for row in pressure.during("through", "unready") if row.at > late])
    assert any("was not ready" in words for words in pressure.fault("unready")["impact"]["pods"])
    assert outcomes(pressure.after("through", "unready", wait=4)) == {"answered"}


def spent(rows: list[Row]) -> tuple[float, float]:
    """Cores that were used, and the share of periods in which the container was throttled."""
    first, last = rows[0], rows[-1]
    cores = (last.number(0) - first.number(0)) / (last.at - first.at)
    return cores, (last.number(2) - first.number(2)) / (last.number(1) - first.number(1))


def cores_to_spare(rows: list[Row]) -> float:
    """Cores of the node that had nothing to do."""
    first, last = rows[0], rows[-1]
    return (last.number(5) - first.number(5)) / (last.at - first.at)


def test_cpu_pressure_uses_as_much_as_was_asked(pressure: Observed) -> None:
    """60 % of the limit of half a core, beside what the container uses by itself."""
    own, _ = spent(pressure.before("usage", "busy"))
    used, _ = spent(pressure.during("usage", "busy"))
    assert used - own == pytest.approx(0.3, rel=0.1)


def test_more_cpu_than_there_is_has_the_container_throttled_and_slow(pressure: Observed) -> None:
    rows = pressure.during("usage", "saturated")
    if (spare := cores_to_spare(rows)) < 0.2:
        pytest.skip(
            f"the machine is too busy: it had {spare:.2f} cores to spare, so the container missed its quota"
        )
    used, throttled = spent(rows)
    assert used == pytest.approx(0.5, rel=0.1)
    assert throttled > 0.6  # a period in which others had the core is not one
    answers = [
        median(row.number(2) for row in rows)
        for rows in (pressure.during("asks", "saturated"), pressure.before("asks", "saturated"))
    ]
    assert answers[0] > 2 * answers[1]
    _, throttled = spent(pressure.after("usage", "saturated"))
    assert throttled < 0.5


def test_memory_is_used_up_to_the_share_that_was_asked(pressure: Observed) -> None:
    rows = pressure.during("usage", "pressed", margin=0.5)
    shares = [row.number(3) / row.number(4) for row in rows]
    assert median(shares) == pytest.approx(0.8, rel=0.05)
    after = pressure.after("usage", "pressed")
    assert max(row.number(3) / row.number(4) for row in after) < 0.7


def test_a_full_disk_takes_nothing_more_until_it_is_over(pressure: Observed) -> None:
    assert outcomes(pressure.during("writes", "full", margin=0.5)) == {"full"}
    assert outcomes(pressure.after("writes", "full")) == {"written"}


def test_the_service_gets_over_every_pressure_without_a_restart(pressure: Observed) -> None:
    is_well_afterwards(pressure)


def ended(fault: dict[str, Any]) -> dict[str, Any]:
    """How the container that the fault was put into came to its end, as Kubernetes knows."""
    (hit,) = fault["pods"]
    there = [*pods("agents"), *pods("external-api")]
    (pod,) = [one for one in there if one["metadata"]["uid"] == hit["uid"]]
    (container,) = pod["status"]["containerStatuses"]
    return dict(container["lastState"]["terminated"])


@pytest.mark.parametrize(("fault", "reason"), [("crashed", "Error"), ("out-of-memory", "OOMKilled")])
def test_a_container_is_killed_and_kubernetes_says_by_what(kill: Observed, fault: str, reason: str) -> None:
    found = ended(kill.fault(fault))
    assert (found["reason"], found["exitCode"]) == (reason, 137)


def test_a_pod_is_killed_and_another_takes_its_place(kill: Observed) -> None:
    (hit,) = kill.fault("killed")["pods"]
    there = pods("agents")
    assert hit["uid"] not in {one["metadata"]["uid"] for one in there}
    assert len(there) == 3


def test_the_service_gets_over_every_end_of_a_replica_and_has_lost_nothing(kill: Observed) -> None:
    is_well_afterwards(kill)
    assert {fault["outcome"] for fault in kill.status["faults"]} == {"Recovered"}


def lost_writes_are_listed(status: dict[str, Any]) -> None:
    """Each up to the list's end, and the database itself has none of them."""
    written = status["dataLoss"]
    assert written["lost"] > 0
    listed = {words.split()[0] for words in written["lostElements"]}
    assert len(listed) == min(written["lost"], MOST_NAMED)
    assert in_database(listed) == set()


def in_database(elements: set[str]) -> set[str]:
    """Those that are there, by PostgreSQL's own word."""
    wanted = ", ".join(f"'{element}'" for element in elements)
    query = f"SELECT element FROM entries WHERE element IN ({wanted})"
    psql = ("psql", "-h", "/run/postgresql", "-U", "agents", "-At", "-c", query, "postgres")
    return set(run("kubectl", "-n", NAMESPACE, "exec", "postgres-0", "--", *psql).split())


def nothing_is_lost(status: dict[str, Any]) -> None:
    assert status["dataLoss"]["lost"] == 0


DEFECTS: list[Any] = [
    pytest.param("acks-before-commit", {"no-loss"}, lost_writes_are_listed, id="acks-before-commit"),
    # In a rehearsal the next fault begins before the 30 s are over in which it may recover: no answer to that.
    pytest.param("pool-never-heals", {"errors-slow", "errors-after"}, nothing_is_lost, id="pool-never-heals"),
]


@pytest.mark.usefixtures("_sound_afterwards")
@pytest.mark.parametrize(("defect", "by", "shows"), DEFECTS)
def test_a_database_outage_finds_the_defect(
    defect: str, by: set[str], shows: Callable[[dict[str, Any]], None]
) -> None:
    deploy(print, defect=defect)
    status = rehearsed("database-outage", "100s")
    assert status["verdict"] == "Failed", status["message"]
    assert by <= with_verdict(status, "Failed"), status["message"]
    shows(status)
