"""A raw socket server that is the reference endpoint for some requests and misbehaves in one named way for the rest.

python -m tests.hostile.server NAME [--port PORT]    serve one behaviour until interrupted
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType

import httpx

from conformance.reference.app import create_app

Script = Callable[["Talk"], Awaitable[None]]

KEY = "sk-hostile"
FIRST_LOOK = 4
"""Requests of the suite's first look at a target that names no model."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A right response, as the reference endpoint would give it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def media_type(self) -> str:
        """`application/json` or `text/event-stream`, mostly."""
        return dict(self.headers).get("content-type", "").partition(";")[0]

    @property
    def streamed(self) -> bool:
        """Whether it is a stream of events."""
        return self.media_type == "text/event-stream"


@dataclass
class Talk:
    """One request the server got, and the ways to answer it."""

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    reference: httpx.AsyncClient
    die: Callable[[], None] = lambda: None

    async def right(self) -> Answer:
        """What the reference endpoint answers to this request."""
        response = await self.reference.request(self.method, self.path, headers=self.headers, content=self.body)
        headers = tuple((k, v) for k, v in response.headers.items() if k not in ("content-length", "date"))
        return Answer(response.status_code, headers, response.content)

    async def say(self, *pieces: bytes) -> None:
        """Write the bytes as they are."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def send(self, answer: Answer, status: int | None = None, body: bytes | None = None) -> None:
        """Write a whole response with a right length."""
        body = answer.body if body is None else body
        await self.say(head(status or answer.status, [*answer.headers, ("content-length", str(len(body)))]) + body)

    async def until_gone(self) -> None:
        """Say nothing until the client hangs up."""
        while await self.reader.read(65536):
            pass

    def hang_up(self) -> None:
        """Close the connection after what was written."""
        self.writer.close()

    def reset(self) -> None:
        """Abort the connection: the client sees a reset."""
        self.writer.transport.abort()


def head(status: int | str, headers: list[tuple[str, str]], version: str = "HTTP/1.1") -> bytes:
    """A response head; nothing is checked."""
    lines = [f"{version} {status} x" if isinstance(status, int) else f"{version} {status}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers), "", ""]).encode("latin-1")


@dataclass
class HostileServer:
    """Serves one script on a free loopback port, in a thread, for the time of a `with` block.

    Requests up to number `after` are answered right, those beyond by `script`. `seen` are the requests as
    (method, path, body); `tls` serves https.
    """

    script: Script
    after: int = FIRST_LOOK
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    port: int = 0
    key: str = KEY
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hostile-target", daemon=True)

    @property
    def url(self) -> str:
        """Base URL for OpenAI clients."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}/v1"

    def __enter__(self) -> HostileServer:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the hostile server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)  # clients that hang up are the point
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        app = create_app(api_key=self.key)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://reference") as self._reference:
            await self.come_back()
            self._ready.set()
            await self._over.wait()
            if not self._dead:
                self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.sleep(0.01)  # a connection is closed in a later turn of the loop

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        if self._dead:
            writer.transport.abort()
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, ssl.SSLError):
            while not writer.is_closing():
                talk = await self._heard(reader, writer)
                if talk.number <= self.after:
                    await talk.send(await talk.right())
                else:
                    await self._misbehave(talk)
        with contextlib.suppress(Exception):
            writer.close()

    async def _misbehave(self, talk: Talk) -> None:
        try:
            await self.script(talk)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENOTCONN:
                raise ConnectionResetError from error  # the client hung up before the abort
            self.faults.append(f"{talk.method} {talk.path}: {error!r}")  # the test's own fault, not the target's
            raise

    async def _heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Talk:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:-2])}
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        self.seen.append((method, path, body))
        headers = {k: v for k, v in fields.items() if k not in ("host", "connection", "accept-encoding")}
        return Talk(len(self.seen), method, path, headers, body, reader, writer, self._reference, self.die)

    def die(self) -> None:
        """As a process that is killed: nothing listens any more, and every connection is reset."""
        if self._dead:
            return
        self._dead = True
        self._loop.remove_reader(self._socket)  # not the server's own end: it would lose who is being accepted
        self._socket.close()
        for writer in self._writers:
            writer.transport.abort()

    async def come_back(self) -> None:
        """Listen, for the first time or again, on the same port."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._socket = socket.create_server((self.host, self.port), family=family, backlog=100)
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self._server = await asyncio.start_server(self._connected, sock=self._socket, ssl=self.tls, limit=1 << 20)
        self._dead = False


def main() -> None:
    """Serve one behaviour until interrupted."""
    from tests.hostile.behaviours import BEHAVIOURS

    parser = argparse.ArgumentParser(description="Serve an endpoint that misbehaves on purpose.")
    parser.add_argument("name", choices=sorted(BEHAVIOURS))
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    behaviour = BEHAVIOURS[chosen.name]
    with HostileServer(behaviour.script, after=behaviour.after, port=chosen.port) as server:
        print(f"{server.url}  key {KEY}", flush=True)  # noqa: T201 - a command for a person
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
