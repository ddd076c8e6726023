"""`python -m service`: the agents' service."""

import asyncio
import time

import aiohttp

from service.database import Database
from service.rate_limit import TokenBucket
from service.serving import serve
from service.settings import Settings
from service.web import Face
from service.workflows import Workflows


async def main() -> None:
    """One replica."""
    settings = Settings.from_environment()
    database = Database(settings)
    watch = asyncio.create_task(database.keep())
    connector = aiohttp.TCPConnector(limit=settings.max_workflows)
    async with aiohttp.ClientSession(connector=connector) as session:
        bucket = TokenBucket(settings.rate_limit, settings.rate_burst, time.monotonic())
        face = Face(Workflows(settings, database, session), database, bucket)

        def stopping() -> None:
            face.ready = False

        await serve(face.application(), settings.port, stopping)
    watch.cancel()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
