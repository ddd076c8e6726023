"""Asks an API forty times a second, each time over a connection of its own.

A line each: when, its status or why there was none, seconds until all was over, its `Retry-After`, its body's begin.

HOST PORT PATH SECONDS.
"""

import http.client
import sys
import time
from urllib.parse import quote

EVERY = 0.025
PATIENCE = 1.0


def ask(host: str, port: int, path: str) -> tuple[str, str, str]:
    """Status or failure, `Retry-After`, body; `-` where there is none."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = quote(answer.read(40), safe="")
        return str(answer.status), answer.headers.get("Retry-After", "-"), body or "-"
    except ConnectionRefusedError:
        return "refused", "-", "-"
    except TimeoutError:
        return "silent", "-", "-"
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__, "-", "-"
    finally:
        connection.close()


def main(host: str, port: int, path: str, until: float) -> None:
    """Until that time."""
    while time.time() < until:
        began = time.time()
        outcome, after, body = ask(host, port, path)
        print(began, outcome, time.time() - began, after, body, flush=True)
        time.sleep(EVERY)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], time.time() + float(sys.argv[4]))
