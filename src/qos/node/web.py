"""Serving a web application on a listening socket, inside a loop that something else runs."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket

import uvicorn
from starlette.types import ASGIApp

WEBSOCKET_MESSAGE_BYTES = 1_000_000
SHUTDOWN_TIMEOUT_S = 2
MAX_CONNECTIONS = 1_000
"""Of one edge at a time; more are answered 503."""


class _Server(uvicorn.Server):
    """Leaves signals to the node, which has stores to close after the last answer."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


async def serve_http(app: ASGIApp, listener: socket) -> None:
    """Serve until cancelled; open requests then have two seconds to end."""
    server = _Server(_server_config(app))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving


def _server_config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
        limit_concurrency=MAX_CONNECTIONS,
    )
