"""Logs in to PostgreSQL as often as it is let in, four times a second, and out again.

A line each: when, how often, and the SQLSTATE that was the end of it. Where to and as whom says DATABASE_URL.

MOST SECONDS; no more than so many are tried.
"""

import asyncio
import os
import sys
import time

import asyncpg

EVERY = 0.25
PATIENCE = 1.0


async def taken(most: int) -> tuple[int, str]:
    """How many sessions could be had at once, and what ended it."""
    held = []
    try:
        for _ in range(most):
            held.append(await asyncpg.connect(os.environ["DATABASE_URL"], timeout=PATIENCE))
        return len(held), "-"
    except asyncpg.PostgresError as error:
        return len(held), error.sqlstate
    except (OSError, TimeoutError) as error:
        return len(held), type(error).__name__
    finally:
        for session in held:
            await session.close()


async def main(most: int, until: float) -> None:
    """Until that time."""
    while time.time() < until:
        began = time.time()
        print(began, *await taken(most), flush=True)
        await asyncio.sleep(EVERY)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), time.time() + float(sys.argv[2])))
