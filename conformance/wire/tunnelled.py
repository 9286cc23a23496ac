"""An httpx transport that opens every connection through a proxy tunnel."""

from __future__ import annotations

import ssl
import typing
from collections.abc import Iterable

import httpcore
import httpx

from conformance.wire.proxy import MAX_HEAD, Asking, Proxy


class _Tunnels(httpcore.AsyncNetworkBackend):
    """Connects to the proxy and requests a tunnel to the host."""

    def __init__(self, proxy: Proxy, proxy_tls: ssl.SSLContext | None) -> None:
        self._proxy = proxy
        self._tls = proxy_tls
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[typing.Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        proxy = self._proxy
        try:
            stream = await self._network.connect_tcp(proxy.host, proxy.port, timeout, local_address, socket_options)
        except httpcore.ConnectError as error:
            raise httpcore.ProxyError(f"no connection to the proxy: {error}") from error
        try:
            if proxy.secure and self._tls is not None:
                stream = await stream.start_tls(self._tls, proxy.host, timeout)
            asking = Asking(proxy, host, port)
            await stream.write(asking.question, timeout)
            while not asking.take(await stream.read(MAX_HEAD, timeout)):
                pass
        except httpx.ProxyError as refused:
            await stream.aclose()
            raise httpcore.ProxyError(str(refused)) from None
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class Tunnelled(httpx.AsyncHTTPTransport):
    """The httpx transport that opens every connection through a proxy."""

    def __init__(
        self, proxy: Proxy, *, tls: ssl.SSLContext, proxy_tls: ssl.SSLContext | None, limits: httpx.Limits
    ) -> None:
        super().__init__(verify=tls, http1=True, http2=False, trust_env=False, limits=limits)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            http1=True,
            http2=False,
            network_backend=_Tunnels(proxy, proxy_tls),
        )
