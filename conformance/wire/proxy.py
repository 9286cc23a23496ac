"""Opens tunnels through an HTTP proxy with CONNECT, so that the proxy does not alter the target's responses."""

from __future__ import annotations

import asyncio
import base64
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import h11
import httpx

MAX_HEAD = 16 * 1024
"""Maximum bytes of the proxy's response to CONNECT."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """The address of an HTTP proxy with its credentials."""

    secure: bool
    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Proxy:
        """Return the proxy that a URL describes.

        Raises `ValueError` if the URL is not `http://HOST:PORT` or `https://HOST:PORT`. User and password may precede
        the host in the URL.
        """
        parts = urlsplit(url)
        port = parts.port
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it is not http://HOST:PORT or https://HOST:PORT")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("it has a path or a query")
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("it has characters that a URL cannot have")
        authorization = ""
        if parts.username is not None:
            if parts.password is None:
                raise ValueError("it has a user and no password")
            pair = f"{unquote(parts.username)}:{unquote(parts.password)}"
            authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        secure = parts.scheme == "https"
        return cls(secure, parts.hostname, port or (443 if secure else 80), authorization)


class Asking:
    """The protocol state while a tunnel is opened: the CONNECT request to send, and the proxy's response."""

    def __init__(self, proxy: Proxy, host: str, port: int) -> None:
        self._talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        wanted = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        headers = [("host", wanted)]
        if proxy.authorization:
            headers.append(("proxy-authorization", proxy.authorization))
        self._wanted = wanted
        self.question = self._talk.send(h11.Request(method="CONNECT", target=wanted, headers=headers)) or b""
        self.question += self._talk.send(h11.EndOfMessage()) or b""

    def take(self, data: bytes) -> bool:
        """Process bytes received from the proxy (empty at the end of the data); return whether the tunnel is open.

        Raises `httpx.ProxyError`.
        """
        try:
            self._talk.receive_data(data)
            event = self._talk.next_event()
        except h11.RemoteProtocolError as error:
            raise httpx.ProxyError(f"the proxy does not speak HTTP: {error}") from None
        if event is h11.NEED_DATA:
            return False
        if not isinstance(event, h11.Response):
            raise httpx.ProxyError("the proxy closed the connection without an answer")
        if not 200 <= event.status_code < 300:
            reason = bytes(event.reason).decode("latin-1")
            raise httpx.ProxyError(
                f"the proxy opens no connection to {self._wanted}: {event.status_code} {reason}".rstrip()
            )
        return True


async def tunnel(
    proxy: Proxy, host: str, port: int, tls: ssl.SSLContext | None, proxy_tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a host through the proxy and return the connection.

    If `tls` is given, the connection is encrypted end to end.

    Raises `OSError` or `httpx.ProxyError` if the tunnel cannot be opened.
    """
    try:
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port, ssl=proxy_tls if proxy.secure else None)
    except ssl.SSLError:
        raise
    except OSError as error:
        raise httpx.ProxyError(f"no connection to the proxy: {error}") from error
    try:
        asking = Asking(proxy, host, port)
        writer.write(asking.question)
        await writer.drain()
        while not asking.take(await reader.read(MAX_HEAD)):
            pass
        if tls is not None:
            await writer.start_tls(tls, server_hostname=host)
    except BaseException:
        writer.close()
        raise
    return reader, writer
