"""What is known of a run's surroundings at one moment: the input of every decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from stresscampaigns.api.fault_protocol import FaultReport
from stresscampaigns.api.load_events import LoadEvent
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.core.deployments import Deployment, NoDeployment

LEAST_COVERED = 0.95
"""Of the steps that Prometheus is asked for, so many need a sample: of what was not seen nobody knows what it was."""


@dataclass(frozen=True)
class Probe:
    """One question to our surroundings: is it all right, and if not, what to do."""

    ok: bool
    reason: str = ""
    message: str = ""
    clock_ahead: float = 0.0
    """Of who was asked: its clock is so many seconds ahead of ours at least; below 0: behind."""


@dataclass(frozen=True)
class Container:
    """A container of the target, as far as its limits and its ends are told by Kubernetes."""

    name: str
    memory_limit: float | None = None
    """Bytes; None: it has no limit."""
    cpu_limit: float | None = None
    """Cores; None: it has no limit."""
    restarts: int = 0
    ended_reason: str | None = None
    """Why it last ended, like `OOMKilled`; None: it never has."""
    ended_at: float | None = None
    """When, epoch seconds."""
    user: int | None = None
    """As whom its first process was started; None: not told, it is the image's."""
    group: int | None = None
    mounts: tuple[str, ...] = ()
    """Where volumes are mounted in it."""
    subpaths: tuple[str, ...] = ()
    """Those of them at which a folder of the volume is (`subPath`)."""
    began: bool = False
    """Its process has been started, be it over again."""


@dataclass(frozen=True)
class Pod:
    """A pod, as far as decisions need it."""

    name: str
    uid: str
    role: str | None = None
    """Of a load pod: coordinator or worker."""
    ready: bool = False
    deleting: bool = False
    """Somebody asked for its deletion; its containers may still be ending."""
    gone_by: float | None = None
    """By when they were to have ended then, epoch seconds."""
    ended: bool = False
    exit_code: int | None = None
    trouble: str | None = None
    """Why it cannot start, in Kubernetes' words: no room, an image that cannot be pulled, …"""
    containers: tuple[Container, ...] = ()
    node: str | None = None
    mark: str | None = None
    """Whose bad revision it is."""
    revision: str | None = None
    """Of its template, as its controller tells it; None: it has none, or its controller does not."""
    restarts: bool = True
    """Kubernetes starts its containers again when they have failed."""
    host_network: bool = False
    """Its network is its node's."""
    shares: tuple[str, ...] = ()
    """Fields of its spec by which it is in namespaces of its node's, or its containers see each other's processes."""
    bare: bool = False
    """It has no controller: once it is gone, nobody makes another one."""
    static: bool = False
    """Its node runs it by itself, and only shows it to the API server."""
    worn: int = 0
    """Bytes that ephemeral containers, which nobody can take out of it again, are in its description, about."""


@dataclass(frozen=True)
class Sidecar:
    """An ephemeral container of this run in a target's pod."""

    fault: str
    pod: str
    uid: str
    container: str
    namespace: str
    state: Literal["Waiting", "Running", "Terminated"]
    report: FaultReport
    trouble: str | None = None
    ended_at: float | None = None
    """When it ended, epoch seconds."""
    target: Container | None = None
    """The container whose processes it shares, where it shares any's."""
    unheard: bool = False
    """Its node does not answer: what it has reported is not known now."""
    late: bool = False
    """It was asked at an earlier look: what it has said since is not known."""


@dataclass(frozen=True)
class Answer:
    """What Prometheus said to a query: every sample of every series, or why there is none."""

    values: tuple[float, ...] = ()
    covered: float = 0.0
    """Share of the window's evaluation steps for which there was any sample, 0 to 1."""
    partial: str | None = None
    """A series of which too much is missing, and how much of it there is."""
    error: str | None = None


@dataclass(frozen=True)
class Series:
    """One time series."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]
    """Epoch seconds and value, in the order of time."""


@dataclass(frozen=True)
class History:
    """What Prometheus said to a query, series by series with their times, or why there is none."""

    series: tuple[Series, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class ContainerUse:
    """What a container uses, as metrics.k8s.io tells it."""

    pod: str
    container: str
    at: float
    """When its window ends, epoch seconds: memory is of then."""
    window: float
    """Its length, seconds: CPU is a mean over it."""
    memory: float
    """Working set, bytes."""
    cores: float


@dataclass(frozen=True)
class LiveUse:
    """What metrics.k8s.io said of the target's containers, or why nothing."""

    containers: tuple[ContainerUse, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class CounterView:
    """The target's own counter of requests, as Prometheus has scraped it."""

    before: History
    """Of each series the value when the load began."""
    after: History
    """Of each series every sample since the load's end."""
    resets: History
    """How often each series began anew since the load began."""

    @property
    def error(self) -> str | None:
        """Why it could not be read."""
        return self.before.error or self.after.error or self.resets.error


@dataclass(frozen=True)
class LoadView:
    """The load Jobs, their pods, and what the coordinator has said."""

    exists: bool = False
    pods: tuple[Pod, ...] = ()
    events: tuple[LoadEvent, ...] = ()
    result: LoadResult | None = None
    problem: str | None = None
    """Why the exact results cannot be had, once they should be there."""
    trouble: str | None = None
    """What Kubernetes complains of while the load has not started."""
    unheard: float | None = None
    """Seconds for which nobody has answered for what the coordinator said; None: it is heard."""
    late: bool = False
    """It was asked at an earlier look: what the coordinator has said since is not known."""


@dataclass(frozen=True)
class TrialsSeen:
    """What is known of a search's trials while it is on."""

    result: LoadResult
    """With the trials that are over; of these, those that are asked about pass."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)
    target_pods: tuple[Pod, ...] = ()
    silences: Sequence[tuple[float, float]] = ()
    """From each scrape of the target until when it was the latest, epoch seconds."""


@dataclass(frozen=True)
class Heard:
    """What was heard at one look at load and faults."""

    since: float
    """When the look began."""
    words: Mapping[str, float] = field(default_factory=dict)
    """Who could be heard → when, by their own clock, they last said something; never yet: -inf."""


@dataclass(frozen=True)
class Observation:
    """Everything a decision may look at. What a phase does not need is left at its default."""

    now: float
    namespace: Probe = Probe(True)
    """Does its owner allow what the run does?"""
    most_share: float = 1.0
    """Of the pods that one selector picks, as many may be broken at once, as the namespace's owner says."""
    prometheus: Probe = Probe(True)
    target_url: Probe = Probe(True)
    target_pods: tuple[Pod, ...] = ()
    fault_pods: Mapping[str, tuple[Pod, ...]] = field(default_factory=dict)
    near_fault: bool = False
    """The target's pods and the neighbours' were looked at, because a fault may harm them."""
    neighbour_pods: Mapping[str, tuple[Pod, ...]] = field(default_factory=dict)
    deployments: Mapping[str, Deployment | NoDeployment] = field(default_factory=dict)
    """Fault that rolls a bad revision out → its Deployment."""
    peers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fault → addresses of the other end of its traffic, where it names some."""
    rival: str | None = None
    """Another run that is active on the same target."""
    load: LoadView = LoadView()
    sidecars: tuple[Sidecar, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    silences: Sequence[tuple[float, float]] = ()
    """From each scrape of the target until when it was the latest, epoch seconds."""
    histories: Mapping[str, History] = field(default_factory=dict)
    """What was asked about the target's resources: question → its answer."""
    counter: CounterView | None = None
    """None where nobody asked for it."""
    live_use: LiveUse | None = None
    """None where nobody asked, or there is no answer yet."""
    abort_answers: Mapping[str, History] = field(default_factory=dict)
    """Abort rule → what Prometheus says of its last seconds."""
    trials: TrialsSeen | None = None
    """None where nobody asked, or there is no answer yet."""
    heard_before: Heard | None = None
    """At the last look of the process that looks now; None: this is its first."""
    clock_set_back: float = 0.0
    """By so many seconds our clock was, since the process that looks first looked at this run."""
    abort: str | None = None
    """Why somebody wants the run to stop now."""
