"""`python -m service`: the agents' service."""

import asyncio
import sys
import time

import aiohttp

from service import defects
from service.database import Database
from service.entry_routes import EntryRoutes
from service.rate_limit import TokenBucket
from service.serving import serve
from service.session_routes import SessionRoutes
from service.sessions import Sessions
from service.settings import Settings, SettingsError
from service.web import Face


async def main(settings: Settings, parts: defects.Parts) -> None:
    """One replica."""
    database = parts.database(settings)
    watch = asyncio.create_task(database.keep())
    connector = aiohttp.TCPConnector(limit=settings.max_workflows)
    async with aiohttp.ClientSession(connector=connector) as session:
        face = assembled(settings, parts, database, session)

        def stopping() -> None:
            face.ready = False

        await serve(face.application(), settings.port, stopping)
    watch.cancel()
    await database.close()


def assembled(
    settings: Settings, parts: defects.Parts, database: Database, session: aiohttp.ClientSession
) -> Face:
    """The routes with what they need."""
    now = time.monotonic()
    return Face(
        workflows=parts.workflows(settings, database, session),
        database=database,
        limiter=parts.limiter("workflows", TokenBucket(settings.rate_limit, settings.rate_burst, now)),
        limited=parts.limiter("limited", TokenBucket(settings.limited_rate, settings.limited_burst, now)),
        sessions=SessionRoutes(Sessions(settings.session_bytes)),
        entries=EntryRoutes(database),
    )


if __name__ == "__main__":
    try:
        found = Settings.from_environment()
        chosen = defects.parts(found.defect)
    except SettingsError as error:
        sys.exit(str(error))
    asyncio.run(main(found, chosen))
