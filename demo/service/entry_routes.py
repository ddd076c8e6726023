"""Elements over HTTP: written once, then there for good. To look whether anything that was acknowledged is lost."""

import re

from aiohttp import web

from service.answers import problem
from service.database import Database

LONGEST_ELEMENT = 200
MOST_LISTED = 1000
_A_LIMIT = re.compile("[0-9]{1,9}")


class EntryRoutes:
    """POST and GET of elements."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        return [
            web.post("/entries", self.write),
            web.get("/entries", self.listing),
            web.get("/entries/{element}", self.read),
        ]

    async def write(self, request: web.Request) -> web.StreamResponse:
        """POST /entries: 201 means that the element is stored."""
        try:
            element = (await request.json())["element"]
        except (ValueError, LookupError, TypeError):
            element = None
        if not isinstance(element, str) or not 0 < len(element) <= LONGEST_ELEMENT or "\0" in element:
            return problem(400, 'send JSON like {"element": "a-1"}')
        await self._database.write(element)
        return web.json_response({"element": element}, status=201)

    async def read(self, request: web.Request) -> web.StreamResponse:
        """GET /entries/{element}: is it stored?"""
        element = request.match_info["element"]
        if "\0" in element or not await self._database.holds(element):
            return problem(404, "no such element")
        return web.json_response({"element": element})

    async def listing(self, request: web.Request) -> web.StreamResponse:
        """GET /entries?prefix=…&after=…&limit=…: in the order of their characters."""
        prefix, after = (request.query.get(name, "") for name in ("prefix", "after"))
        limit = request.query.get("limit", str(MOST_LISTED))
        if not _A_LIMIT.fullmatch(limit) or "\0" in prefix + after:
            return problem(400, "limit must be a number")
        elements = await self._database.elements(prefix, after, min(int(limit), MOST_LISTED))
        return web.json_response({"elements": elements})
