"""Serve until told to stop; then let requests under way end."""

import asyncio
import signal
from collections.abc import Callable

from aiohttp import web

DRAIN_SECONDS = 5.0


async def serve(application: web.Application, port: int, stopping: Callable[[], None]) -> None:
    """Until SIGTERM or SIGINT. `stopping` is called first, so that readiness turns before the port closes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=DRAIN_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, port=port, backlog=1024).start()
    await stop.wait()
    stopping()
    await runner.cleanup()
