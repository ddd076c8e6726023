"""A replica of the agents' service on loopback, with a fake database behind it and an external API beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import REGISTRY

from service import defects
from service.__main__ import assembled
from service.settings import Settings
from service.web import Face
from tests.unit.demo.fake_postgres import FakePool

SETTINGS = Settings(database_url="postgresql://fake", external_url="http://set later")


@dataclass
class Replica:
    """What a test does with it."""

    http: TestClient[web.Request, web.Application]
    pool: FakePool
    face: Face

    async def workflow(self) -> int:
        """The status of one workflow."""
        async with self.http.post("/workflows", json={"agent": "a1"}) as response:
            return response.status


@asynccontextmanager
async def replica(
    settings: Settings = SETTINGS, pool: FakePool | None = None, connected: bool = True
) -> AsyncIterator[Replica]:
    """It runs for as long as the block."""
    pool = pool or FakePool()
    async with TestServer(_external_api()) as external, aiohttp.ClientSession() as session:
        settings = replace(settings, external_url=str(external.make_url("")).rstrip("/"))
        parts = defects.parts(settings.defect)
        database = parts.database(settings, create_pool=pool.created)
        if connected:
            await database.look()
        face = assembled(settings, parts, database, session)
        async with TestClient(TestServer(face.application())) as http:
            yield Replica(http, pool, face)


def _external_api() -> web.Application:
    async def complete(_: web.Request) -> web.StreamResponse:
        return web.json_response({"text": "thought"})

    application = web.Application()
    application.add_routes([web.post("/complete", complete)])
    return application


def sample(name: str, **labels: str) -> float:
    """A metric's value now."""
    return REGISTRY.get_sample_value(name, labels) or 0.0
