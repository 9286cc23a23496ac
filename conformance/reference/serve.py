"""Serves the reference endpoint over HTTP: in the foreground, or in a thread for tests."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType

import uvicorn
from starlette.applications import Starlette

from conformance.reference.app import create_app
from conformance.reference.endpoint import Endpoint
from conformance.reference.settings import Settings

_DENIED = "ASGI callable returned without completing handshake."


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of the server's log tells of a fault: it says one of every WebSocket that the endpoint refused."""
    return record.msg != _DENIED


logging.getLogger("uvicorn.error").addFilter(_is_news)


def _config(app: Starlette, log_level: str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level=log_level,
        lifespan="off",
        server_header=False,
        ws="websockets-sansio",
        ws_ping_interval=None,
        timeout_graceful_shutdown=1,
    )


def serve(
    host: str = "127.0.0.1", port: int = 8000, *, endpoint: Endpoint | None = None, api_key: str = "sk-reference",
    latency_s: float = 0.0, token_latency_s: float = 0.0, begun: Callable[[], None] = lambda: None,
) -> None:  # fmt: skip
    """Serve until interrupted. All latencies are in seconds. `begun` is called when the port is open.

    Raises `OSError` if the port cannot be opened.
    """
    app = create_app(endpoint, api_key=api_key, latency_s=latency_s, token_latency_s=token_latency_s)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(128)
        begun()
        uvicorn.Server(_config(app, "info")).run(sockets=[opened])


class ReferenceServer:
    """Serves the reference endpoint in a thread, on a free loopback port, during a `with` block."""

    def __init__(
        self,
        endpoint: Endpoint | None = None,
        *,
        api_key: str = "sk-reference",
        latency_s: float = 0.0,
        token_latency_s: float = 0.0,
    ) -> None:
        """Create the server without starting it."""
        settings = endpoint.settings if endpoint else Settings(api_key=api_key)
        self.api_key, self.second_key = settings.api_key, settings.second_key
        app = create_app(endpoint, api_key=api_key, latency_s=latency_s, token_latency_s=token_latency_s)
        self._server = uvicorn.Server(_config(app, "error"))
        # Named TCP, because asyncio turns Nagle's delay off only for sockets that say so.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._thread = threading.Thread(target=self._run, name="reference-endpoint", daemon=True)
        self.origin = ""

    @property
    def url(self) -> str:
        """The base URL to which OpenAI clients send requests."""
        return f"{self.origin}/v1"

    def __enter__(self) -> ReferenceServer:
        """Start and wait until the port answers.

        Raises:
            RuntimeError: the server did not start within 10 seconds.

        """
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(128)
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("The reference endpoint did not start; run `conformance serve` to see why.")
            time.sleep(0.002)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and wait for the thread."""
        self._server.should_exit = True
        self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])
