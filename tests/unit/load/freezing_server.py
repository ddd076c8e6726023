"""A server in a process of its own that answers at once, or after delays that it is given, and can be frozen."""

import signal
import subprocess
import sys
from typing import Self

_SERVER = """
import heapq, selectors, socket, sys, time
delays = [float(one) for one in sys.argv[1].split(",")]
free = [0.0] * int(sys.argv[2])
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
count, later = 0, []
listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
looking = selectors.DefaultSelector()
looking.register(listening, selectors.EVENT_READ)
looking.register(sys.stdin, selectors.EVENT_READ)
print(listening.getsockname()[1], flush=True)

def serve(connection):
    global count
    data = connection.recv(65536)
    if not data:
        looking.unregister(connection)
        connection.close()
    for _ in range(data.count(b"\\r\\n\\r\\n")):
        delay = delays[count % len(delays)]
        count += 1
        if delay:
            begins = max(time.monotonic(), heapq.heappop(free)) if free else time.monotonic()
            heapq.heappush(later, (begins + delay, count, connection))
            if free:
                heapq.heappush(free, begins + delay)
        else:
            connection.sendall(ANSWER)

thawed, lag = None, 0.0
while True:
    wait = max(0.0, later[0][0] - time.monotonic()) if later else None
    asked = time.monotonic()
    events = looking.select(wait)
    waited = time.monotonic() - asked
    if waited > 1 and count:
        thawed = asked + waited
    elif thawed and waited > 0.001:
        thawed, lag = None, asked - thawed
    for key, _ in events:
        if key.fileobj is listening:
            connection, _ = listening.accept()
            looking.register(connection, selectors.EVENT_READ)
        elif key.fileobj is sys.stdin:
            if not sys.stdin.readline():
                sys.exit()
            print(count, lag, flush=True)
        else:
            try:
                serve(key.fileobj)
            except ConnectionError:
                looking.unregister(key.fileobj)
                key.fileobj.close()
    while later and later[0][0] <= time.monotonic():
        try:
            heapq.heappop(later)[2].sendall(ANSWER)
        except OSError:
            pass
"""


class FreezingServer:
    """Answers with the delays in turn, in seconds: all requests at once, or so many at a time (`places`)."""

    def __init__(self, delays: tuple[float, ...] = (0.0,), places: int = 0) -> None:
        command = [sys.executable, "-c", _SERVER, ",".join(str(delay) for delay in delays), str(places)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Not a byte more, until it is thawed."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self._process.send_signal(signal.SIGCONT)

    def served(self) -> tuple[int, float]:
        """How many requests it has seen, and how many seconds it took to catch up once it was thawed."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("how many\n")
        self._process.stdin.flush()
        count, lag = self._process.stdout.readline().split()
        return int(count), float(lag)
