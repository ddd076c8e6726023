"""Asks ten times a second over one TLS session, and opens another when that is gone. A line each: when, its status or
why there was none.

NAME PORT AUTHORITY SECONDS; the authority (PEM) is the only one that is trusted.
"""

import http.client
import ssl
import sys
import time

EVERY = 0.1
PATIENCE = 1.0


def main(name: str, port: int, authority: str, until: float) -> None:
    """Until that time."""
    trust = ssl.create_default_context(cadata=authority)
    session = http.client.HTTPSConnection(name, port, timeout=PATIENCE, context=trust)
    while time.time() < until:
        began = time.time()
        print(began, asked(session), flush=True)
        time.sleep(EVERY)


def asked(session: http.client.HTTPSConnection) -> str:
    """A status; or what ended the session: the next one who asks opens another."""
    try:
        session.request("GET", "/")
        answer = session.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        session.close()
        return type(error).__name__
    return str(answer.status)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], time.time() + float(sys.argv[4]))
