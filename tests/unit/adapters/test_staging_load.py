"""What is read of the load and of the sidecars: the coordinator's log, pods, termination messages."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.adapters.kubernetes_errors import NotAllowed, Refused, Unavailable
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.api.fault_protocol import FaultEvent, FaultReport, termination_message
from stresscampaigns.api.fault_protocol import event_line as fault_line
from stresscampaigns.api.load_events import (
    Finished,
    Heartbeat,
    LoadEvent,
    Ready,
    Started,
    event_line,
    result_chunks,
)
from stresscampaigns.api.load_result import LoadResult, Second
from stresscampaigns.core.observation import Container, LoadView, Sidecar
from tests.unit.adapters.fake_api import FakeApi
from tests.unit.runtime.fake_clock import FakeClock, run_in

PODS = "/api/v1/namespaces/staging/pods"
JOBS = "/apis/batch/v1/namespaces/staging/jobs"
EVENTS = "/api/v1/namespaces/staging/events"
LOG = f"{PODS}/r-coordinator-0-x/log"
JOB = {"metadata": {"uid": "job"}}
BEGIN: list[LoadEvent] = [Ready(at=1, workers=2), Started(at=2)]
SECONDS = [
    Second(t=t, completed=t * 7919 % 977, failed=0, p95_us=t * 31337 % 99991, users=1) for t in range(9000)
]
RESULT = LoadResult(started=2, finished=9, workers_expected=2, workers_lost=0, windows=[], seconds=SECONDS)
END: list[LoadEvent] = [Finished(at=9, requests=1, failures=0), *result_chunks(RESULT)]


def heartbeats(count: int) -> list[LoadEvent]:
    return [Heartbeat(at=10.0 * n, users=1, requests=n, failures=0, workers=2) for n in range(count)]


def coordinator(phase: str = "Running") -> dict[str, Any]:
    labels = {"stresscampaigns.dev/role": "coordinator"}
    metadata = {"name": "r-coordinator-0-x", "uid": "pod", "labels": labels}
    return {"metadata": metadata, "status": {"phase": phase}}


def seen(log: object, phase: str = "Running", **more: object) -> LoadView:
    api = FakeApi({JOBS: [JOB, JOB], PODS: [coordinator(phase)], LOG: log, **more})
    return asyncio.run(KubernetesStaging(api).load("staging", "r", with_result=True))


def said(events: list[LoadEvent]) -> str:
    return "".join(f"{event_line(event)}\n" for event in events)


def test_what_the_coordinator_said_is_heard_in_order() -> None:
    view = seen(said([*BEGIN, *heartbeats(3)]))
    assert view.exists
    assert view.events == (*BEGIN, *heartbeats(3))
    assert view.result is None


def test_an_operator_that_was_away_for_long_still_hears_when_the_load_began() -> None:
    view = seen(said([*BEGIN, *heartbeats(500)]))
    assert BEGIN[1] in view.events
    assert view.events[-1] == heartbeats(500)[-1]


@pytest.mark.parametrize("beats", [0, 3, 500])
def test_the_whole_result_is_read_however_long_the_log(beats: int) -> None:
    assert len(END) > 3
    assert seen(said([*BEGIN, *heartbeats(beats), *END])).result == RESULT


def test_a_torn_result_is_a_problem_only_once_the_coordinator_has_ended() -> None:
    torn = said([*BEGIN, *END[:-1]])
    assert (seen(torn).result, seen(torn).problem) == (None, None)
    ended = seen(torn, phase="Succeeded")
    assert ended.result is None
    assert "are not in the coordinator's log" in (ended.problem or "")


def test_a_container_without_a_log_has_said_nothing() -> None:
    assert seen(Refused("container is waiting to start")).events == ()


def test_while_nothing_is_said_kubernetes_own_complaint_is_heard() -> None:
    complaint = {
        "involvedObject": {"uid": "job"},
        "reason": "FailedCreate",
        "message": "exceeded quota",
        "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
    }
    assert seen("", **{EVENTS: [complaint]}).trouble == "FailedCreate: exceeded quota"
    assert seen(said(BEGIN), **{EVENTS: [complaint]}).trouble is None


def test_half_of_the_jobs_is_no_load() -> None:
    api = FakeApi({JOBS: [JOB], PODS: [], EVENTS: []})
    view = asyncio.run(KubernetesStaging(api).load("staging", "r", with_result=True))
    assert not view.exists


def sidecars(status: dict[str, Any] | None, log: str = "") -> tuple[Sidecar, ...]:
    statuses = [{"name": "stress-ab-db", **status}] if status else []
    body = {
        "metadata": {"name": "agents-1", "uid": "u-1"},
        "spec": {"ephemeralContainers": [{"name": "debugger"}, {"name": "stress-ab-db"}]},
        "status": {"ephemeralContainerStatuses": statuses},
    }
    api = FakeApi({PODS: [body], f"{PODS}/agents-1/log": log})
    return asyncio.run(KubernetesStaging(api).sidecars("staging", "stress-ab-"))


def test_a_sidecar_of_this_run_is_found_by_its_name() -> None:
    (found,) = sidecars(None)
    assert (found.fault, found.pod, found.uid, found.state) == ("db", "agents-1", "u-1", "Waiting")
    assert found.report == FaultReport()


def test_a_running_sidecar_reports_by_its_log() -> None:
    (found,) = sidecars({"state": {"running": {}}}, log=fault_line(FaultEvent("injected", 5.0)))
    assert (found.state, found.report.injected_at) == ("Running", 5.0)


def test_of_one_that_talks_without_end_little_is_read() -> None:
    """Its image may be a user's own; it is read twice a second."""
    body = {
        "metadata": {"name": "agents-1", "uid": "u-1"},
        "spec": {"ephemeralContainers": [{"name": "stress-ab-db"}]},
        "status": {"ephemeralContainerStatuses": [{"name": "stress-ab-db", "state": {"running": {}}}]},
    }
    api = FakeApi({PODS: [body], f"{PODS}/agents-1/log": "x"})
    asyncio.run(KubernetesStaging(api).sidecars("staging", "stress-ab-"))
    (query,) = [query for path, query in api.queries if path.endswith("/log")]
    assert int(query["limitBytes"]) <= 256 * 1024


@pytest.mark.parametrize("log", ["", said([*BEGIN, *END])], ids=["on", "over"])
def test_nor_of_a_coordinator_whose_locust_file_prints_without_end(log: str) -> None:
    api = FakeApi({JOBS: [JOB, JOB], PODS: [coordinator()], LOG: log, EVENTS: []})
    asyncio.run(KubernetesStaging(api).load("staging", "r", with_result=True))
    asked = [int(query["limitBytes"]) for path, query in api.queries if path == LOG]
    assert len(asked) == 2
    assert sum(asked) <= 20 * 1024 * 1024


class HalfDeaf(FakeApi):
    """The node of one pod gives no log: at once, or after a long time."""

    error: Exception | None = None

    async def text(self, path: str, **query: str) -> str:
        if "agents-1" not in path:
            return await super().text(path, **query)
        if self.error:
            raise self.error
        await asyncio.sleep(3600)
        return ""


@pytest.mark.parametrize("error", [Unavailable("kubelet: connection refused (HTTP 500)"), None])
def test_a_sidecar_on_a_node_that_does_not_answer_hides_none_of_the_others(error: Exception | None) -> None:
    container = {"name": "stress-ab-db"}
    running = {"ephemeralContainerStatuses": [container | {"state": {"running": {}}}]}
    pods = [
        {
            "metadata": {"name": name, "uid": "u"},
            "spec": {"ephemeralContainers": [container]},
            "status": running,
        }
        for name in ("agents-1", "agents-2")
    ]
    api = HalfDeaf({PODS: pods, f"{PODS}/agents-2/log": fault_line(FaultEvent("injected", 5.0))})
    api.error = error
    clock = FakeClock(moment=1000.0)
    silent, heard = run_in(clock, KubernetesStaging(api).sidecars("staging", "stress-ab-"))
    assert (silent.state, silent.unheard, heard.unheard) == ("Running", True, False)
    assert heard.report.injected_at == 5.0
    assert clock.now() < 1002, "who wants faults to end waits for it"


class SlowNode(FakeApi):
    """Each log takes a second; what it tells is what was there when it was asked for."""

    async def text(self, path: str, **query: str) -> str:
        log = await super().text(path, **query)
        await asyncio.sleep(1)
        return log


def slowly_heard(*states: dict[str, object]) -> list[Sidecar]:
    """A sidecar at one look after the other, more than a second apart; its log tells the end once it has ended."""
    container = {"name": "stress-ab-db"}
    pod: dict[str, Any] = {
        "metadata": {"name": "agents-1", "uid": "u"},
        "spec": {"ephemeralContainers": [container]},
    }
    api = SlowNode({PODS: [pod]})

    async def look() -> list[Sidecar]:
        staging, found = KubernetesStaging(api), []
        for state in states:
            pod["status"] = {"ephemeralContainerStatuses": [container | {"state": state}]}
            events = [FaultEvent("injected", 5.0), FaultEvent("ended", 9.0)][: 1 if "running" in state else 2]
            api.there[f"{PODS}/agents-1/log"] = "\n".join(map(fault_line, events))
            found += await staging.sidecars("staging", "stress-ab-")
            await asyncio.sleep(2)
        return found

    return run_in(FakeClock(moment=1000.0), look())


def test_what_a_slow_node_tells_of_a_sidecar_is_known_at_the_next_look() -> None:
    first, second = slowly_heard({"running": {}}, {"running": {}})
    assert (first.unheard, second.unheard, second.report.injected_at) == (True, False, 5.0)
    assert (first.late, second.late) == (False, True)


def test_what_a_sidecar_said_while_it_ran_is_not_taken_for_its_last_word() -> None:
    _, ended, heard = slowly_heard({"running": {}}, {"terminated": {}}, {"terminated": {}})
    assert ended.unheard
    assert heard.report.outcome == "Ended"


def test_an_ended_sidecar_reports_by_its_termination_message() -> None:
    report = FaultReport(5.0, 9.0, 3, "packets dropped", "Ended")
    (found,) = sidecars({"state": {"terminated": {"message": termination_message(report)}}})
    assert (found.state, found.report) == ("Terminated", report)


def test_one_that_ended_without_an_outcome_is_asked_for_its_log() -> None:
    message = termination_message(FaultReport(pid=17))
    log = "\n".join(
        fault_line(one) for one in (FaultEvent("checked", 1.0, pid=17), FaultEvent("started", 2.0))
    )
    (found,) = sidecars({"state": {"terminated": {"message": message}}}, log=log)
    assert found.report == FaultReport(pid=17, started=True)


def test_a_sidecar_that_shares_a_containers_processes_tells_what_became_of_that() -> None:
    end = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2027-01-15T08:00:30Z"}
    body = {
        "metadata": {"name": "agents-1", "uid": "u-1"},
        "spec": {
            "containers": [{"name": "proxy"}, {"name": "agents"}],
            "ephemeralContainers": [{"name": "stress-ab-db", "targetContainerName": "agents"}],
        },
        "status": {
            "containerStatuses": [{"name": "agents", "lastState": {"terminated": end}}],
            "ephemeralContainerStatuses": [{"name": "stress-ab-db", "state": {"terminated": end}}],
        },
    }
    api = FakeApi({PODS: [body]})
    (found,) = asyncio.run(KubernetesStaging(api).sidecars("staging", "stress-ab-"))
    assert found.target == Container("agents", ended_reason="OOMKilled", ended_at=1_800_000_030.0, began=True)
    assert found.ended_at == 1_800_000_030.0


def test_of_one_that_was_killed_and_whose_log_is_gone_it_is_known_that_it_was_in_force() -> None:
    message = termination_message(FaultReport(injected_at=5.0))
    (found,) = sidecars({"state": {"terminated": {"message": message}}})
    assert (found.report.injected_at, found.report.outcome) == (5.0, None)


def test_a_sidecar_that_cannot_start_says_why() -> None:
    (found,) = sidecars({"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}})
    assert found.trouble == "ErrImagePull: not found"


def test_one_whose_image_lacks_its_program_says_so() -> None:
    (found,) = sidecars({"state": {"terminated": {"reason": "StartError", "message": "no python3"}}})
    assert (found.state, found.trouble) == ("Terminated", "StartError: no python3")


def test_a_namespace_that_is_closed_to_us_shows_nothing_and_does_not_seem_empty() -> None:
    staging = KubernetesStaging(FakeApi({JOBS: [JOB, JOB], PODS: NotAllowed("forbidden")}))
    with pytest.raises(Unavailable, match="forbidden"):
        asyncio.run(staging.sidecars("staging", "stress-"))
    with pytest.raises(Unavailable, match="forbidden"):
        asyncio.run(staging.load("staging", "r", with_result=False))


class DeafCoordinator(FakeApi):
    """Its node gives no log: at once, or after a long time."""

    error: Exception | None = None

    async def text(self, path: str, **query: str) -> str:
        if self.error:
            raise self.error
        await asyncio.sleep(3600)
        return ""


@pytest.mark.parametrize("error", [Unavailable("kubelet: connection refused (HTTP 500)"), None])
def test_a_coordinator_whose_node_does_not_answer_hides_nothing_else_of_the_load(
    error: Exception | None,
) -> None:
    api = DeafCoordinator({JOBS: [JOB, JOB], PODS: [coordinator()]})
    api.error = error
    clock = FakeClock(moment=1000.0)
    view = run_in(clock, KubernetesStaging(api).load("staging", "r", with_result=True))
    assert (view.exists, view.unheard, view.events) == (True, 0.0, ())
    assert [pod.role for pod in view.pods] == ["coordinator"]
    assert clock.now() < 1005, "all of the run waits for it"


def test_an_api_server_that_is_away_is_another_matter_than_a_node() -> None:
    with pytest.raises(Unavailable):
        seen("", **{PODS: Unavailable("connection refused")})
