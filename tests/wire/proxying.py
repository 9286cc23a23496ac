"""A forward proxy for tests: opens tunnels (CONNECT) to local ports, and notes who asked for what."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class ForwardProxy:
    """Where the proxy listens, and the heads of the requests that it was sent."""

    url: str
    heads: list[bytes] = field(default_factory=list)

    @property
    def tunnels(self) -> list[str]:
        """The hosts and ports that tunnels were asked to."""
        return [head.split()[1].decode() for head in self.heads]


@asynccontextmanager
async def proxying(
    user: str = "", answer: bytes = b"", tls: ssl.SSLContext | None = None
) -> AsyncIterator[ForwardProxy]:
    """Serve a proxy that wants `user` (`name:password`), or gives every request the same `answer`."""
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            proxy.heads.append(head)
            method, wanted, _ = head.split(b"\r\n")[0].split(b" ")
            coded = "Basic " + base64.b64encode(user.encode()).decode()
            if answer:
                writer.write(answer)
            elif user and f"proxy-authorization: {coded}".encode().lower() not in head.lower():
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            elif method != b"CONNECT":
                writer.write(b"HTTP/1.1 405 Only Tunnels\r\ncontent-length: 0\r\n\r\n")
            else:
                host, _, port = wanted.decode().rpartition(":")
                there, back = await asyncio.open_connection(host, int(port))
                writer.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
                await asyncio.gather(pump(reader, back), pump(there, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    proxy = ForwardProxy(f"{'https' if tls else 'http'}://127.0.0.1:{port}")
    try:
        yield proxy
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()
