"""`python -m service.external`: the external API that agents ask. It answers after a while."""

import asyncio
import os

from aiohttp import web

from service.answers import exposition, measured
from service.serving import serve


async def complete(request: web.Request) -> web.StreamResponse:
    """POST /complete: some text for a prompt."""
    prompt = (await request.json()).get("prompt", "")
    await asyncio.sleep(float(os.environ.get("ANSWER_SECONDS", "0.05")))
    return web.json_response({"text": f"thought about {len(prompt)} characters"})


async def alive(_: web.Request) -> web.StreamResponse:
    """GET /healthz."""
    return web.Response(text="ok")


async def main() -> None:
    """One replica."""
    application = web.Application(middlewares=[measured])
    application.add_routes(
        [web.post("/complete", complete), web.get("/healthz", alive), web.get("/metrics", exposition)]
    )
    await serve(application, int(os.environ.get("PORT", "8080")), lambda: None)


if __name__ == "__main__":
    asyncio.run(main())
