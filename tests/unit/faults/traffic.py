"""Programs that speak to each other between pod and peer, and measure what they see."""

import json
import subprocess
import sys
from collections.abc import Callable

from tests.unit.faults.namespaces import PEER, POD, PORT, Namespaces

_ECHO = """
import socket, sys, threading
address = (sys.argv[1], int(sys.argv[2]))
listening = socket.create_server(address, family=socket.AF_INET6, dualstack_ipv6=True)
print("listening", flush=True)
def serve(connection):
    try:
        while data := connection.recv(65536):
            connection.sendall(data)
    except OSError:
        pass
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
"""
_ROUND_TRIPS = """
import json, socket, sys, time
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20)
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
took = []
for _ in range(int(sys.argv[3])):
    begun = time.perf_counter()
    connection.sendall(b"x" * 100)
    connection.recv(65536)
    took.append(time.perf_counter() - begun)
print(json.dumps(took))
"""
_TALK = """
import socket, sys
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2)
print("connected", flush=True)
for line in sys.stdin:
    try:
        connection.sendall(line.encode())
        print((connection.recv(100) or b"closed").decode().strip(), flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
"""
_SINK = """
import socket, sys, time
listening = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listening", flush=True)
while True:
    connection, count, begun = listening.accept()[0], 0, None
    while data := connection.recv(65536):
        begun = begun or time.perf_counter()
        count += len(data)
    print(8 * count / (time.perf_counter() - begun), flush=True)
"""
_BULK = """
import socket, sys, time
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20)
end = time.monotonic() + float(sys.argv[3])
while time.monotonic() < end:
    connection.sendall(bytes(20000))
"""
_COUNT = """
import socket, sys
receiving = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
receiving.bind((sys.argv[1], int(sys.argv[2])))
print("listening", flush=True)
receiving.settimeout(10)
count = 0
try:
    while receiving.recv(2000) != b"end":
        count += 1
except TimeoutError:
    pass
print(count, flush=True)
"""
_DATAGRAMS = """
import socket, sys, time
sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(int(sys.argv[3])):
    sending.sendto(bytes(200), (sys.argv[1], int(sys.argv[2])))
    time.sleep(0.0001)
for _ in range(50):
    sending.sendto(b"end", (sys.argv[1], int(sys.argv[2])))
    time.sleep(0.01)
"""


class Echo:
    """A server that sends everything back, in the pod or in its peer, and the other end's view of it."""

    def __init__(self, pod: Namespaces, inside: bool = True, port: int = PORT) -> None:
        self._where = (POD if inside else PEER, str(port))
        self._run: Callable[..., str] = pod.in_peer if inside else pod.in_pod
        self._start = pod.start_in_peer if inside else pod.start_in_pod
        self._own = pod.start_in_pod if inside else pod.start_in_peer
        _listening(self._own, _ECHO, ("::", str(port)))

    def round_trips(self, count: int) -> list[float]:
        """How long each of so many takes, in seconds, over one connection; sorted."""
        return sorted(json.loads(self._run(sys.executable, "-c", _ROUND_TRIPS, *self._where, str(count))))

    def talk_to_itself(self, address: str) -> "Talk":
        """A connection of the server's own namespace."""
        return Talk(self._own(sys.executable, "-c", _TALK, address, self._where[1]))

    def talk(self) -> "Talk":
        """A connection that stays."""
        return Talk(self._start(sys.executable, "-c", _TALK, *self._where))


class Talk:
    """One connection: what is said, what comes back."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.opened = self._line()

    def say(self, words: str) -> str:
        """What comes back: the words, or how it failed; empty where the connection was never there."""
        assert self._process.stdin
        try:
            self._process.stdin.write(words + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return ""
        return self._line()

    def complaint(self) -> str:
        """Why it could not be opened."""
        return self._process.communicate()[1]

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


def _listening(
    start: Callable[..., subprocess.Popen[str]], program: str, where: tuple[str, str]
) -> subprocess.Popen[str]:
    process = start(sys.executable, "-c", program, *where)
    assert process.stdout
    assert process.stdout.readline() == "listening\n"
    return process


def throughput(pod: Namespaces, seconds: float) -> float:
    """Bits a second that the peer receives of what the pod sends as fast as it can."""
    where = (PEER, str(PORT))
    sink = _listening(pod.start_in_peer, _SINK, where)
    pod.in_pod(sys.executable, "-c", _BULK, *where, str(seconds))
    assert sink.stdout
    bits = float(sink.stdout.readline())
    sink.kill()
    return bits


def arriving(pod: Namespaces, count: int, then: Callable[[], object] = lambda: None) -> int:
    """How many datagrams reach the peer of so many that the pod sends; `then` is done when all are sent."""
    where = (PEER, str(PORT))
    counting = _listening(pod.start_in_peer, _COUNT, where)
    pod.in_pod(sys.executable, "-c", _DATAGRAMS, *where, str(count))
    then()
    return _counted(counting)


def crossing(pod: Namespaces, count: int) -> tuple[int, int]:
    """Of so many datagrams each way: how many have reached the peer, and the pod, when the last one is sent."""
    return (
        _crossed((PEER, str(PORT)), count, pod.in_pod, pod.start_in_peer, pod.in_peer),
        _crossed((POD, str(PORT)), count, pod.in_peer, pod.start_in_pod, pod.in_pod),
    )


def _crossed(
    where: tuple[str, str],
    count: int,
    send: Callable[..., str],
    start: Callable[..., subprocess.Popen[str]],
    beside: Callable[..., str],
) -> int:
    """Where nothing comes through, not even the sender's last word does: one over loopback ends the counting."""
    counting = _listening(start, _COUNT, where)
    send(sys.executable, "-c", _DATAGRAMS, *where, str(count))
    beside(sys.executable, "-c", _DATAGRAMS, *where, "0")
    return _counted(counting)


def _counted(counting: subprocess.Popen[str]) -> int:
    assert counting.stdout
    return int(counting.stdout.readline())
