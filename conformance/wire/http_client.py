"""The only HTTP client: sends requests within limits, retries where allowed, and records every exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from conformance import __version__
from conformance.wire.decoding import OFFERED
from conformance.wire.exchange import Attempt, Exchange, Request
from conformance.wire.limits import Limits
from conformance.wire.retry import BUSY, RetryPolicy, is_misread
from conformance.wire.route import Route
from conformance.wire.tokens import Tokens
from conformance.wire.websocket import WebSocket

if TYPE_CHECKING:
    import ssl

    import httpx

USER_AGENT = f"openai-conformance/{__version__}"
OUT_OF_PATIENCE = 3
"""After this many consecutive requests to a busy target, each further request gets at most three tries."""
_DEFAULTS = (("accept-encoding", OFFERED), ("user-agent", USER_AGENT))


class HttpClient:
    """An HTTP client that records every exchange; an async context manager for one event loop.

    Failures and invalid data of the target are recorded as an exchange; they never raise an exception. The client
    follows no redirects and stores no cookies. The client ignores proxies and credentials in the environment, and keeps
    connections alive.

    Some servers reject a request without reading its body, keep the connection open, and misread the body as the next
    request. If the server seems to have misread the body of an earlier request as this request, the request is repeated
    once on a new connection. The failed try is recorded as an `Attempt` with its status.

    `concurrency` limits the requests in progress; other requests wait, and waiting does not count toward any time
    limit. `route` specifies proxy and certificates for reaching the target; `verify` specifies only the trusted
    certificates. If a proxy is set, every connection is tunnelled through it with CONNECT. `tokens` replaces a
    placeholder in requests by the current access token. If the target rejects a request because the token expired, the
    request is repeated with a new token. If `asgi_app` is given, requests go to this ASGI application instead of the
    network, and each response body arrives at once. `http` may be an httpx transport that replaces the default
    transport. `sleep` is the function that waits between two tries.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        retry: RetryPolicy | None = None,
        concurrency: int = 16,
        verify: bool | str | Path = True,
        route: Route | None = None,
        tokens: Tokens | None = None,
        asgi_app: Any = None,
        http: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.limits = limits or Limits()
        self.retry = retry or RetryPolicy()
        self._tokens = tokens
        self._route = route or Route(verify)
        self._asgi_app = asgi_app
        self._given = http
        self._free: dict[bool, list[httpx.AsyncBaseTransport]] = {False: [], True: []}
        self._after_rejection: set[httpx.AsyncBaseTransport] = set()
        self._is_open = False
        self._networked = http is None and asgi_app is None
        self._sleep = sleep
        self._in_vain = 0
        self._places = asyncio.Semaphore(concurrency)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises `ValueError` if the proxy's URL or a file of the route cannot be used."""
        if not self._networked:
            self._free[True].append(await self._stack.enter_async_context(self._given or self._in_process()))
        elif self._route != Route():
            _ = self._tls, self._proxy_tls  # tell now that a file is missing
        self._is_open = True
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._is_open = False
        self._free = {False: [], True: []}
        await self._stack.aclose()

    async def send(
        self,
        request: Request,
        *,
        exchange_id: str,
        probe: str = "",
        stop_after_events: int | None = None,
        limits: Limits | None = None,
        retry: RetryPolicy | None = None,
        aside: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
    ) -> Exchange:
        """Send `request` and record the response and all failed tries.

        The client adds only the headers `host`, `content-length`, `accept-encoding` and `user-agent` if `request` lacks
        them; `Exchange.request` has the headers as sent. With a `transfer-encoding: chunked` header, the request body
        is sent in chunks. Every HEAD request uses a new connection. Bytes after the head of the response to a HEAD
        request become the exchange's `body`. With `stop_after_events`, the client closes the connection after that many
        events and sets `Exchange.stopped`. While the client waits because the target requested a pause, the context
        manager `aside` is active.

        Raises `UnsendableRequestError` (a `ValueError`) for a request that HTTP cannot carry, `NoTokenError` if no
        access token is available, and `asyncio.CancelledError`. The behaviour of the target never raises an exception:
        the returned exchange describes failures.
        """
        from conformance.wire.attempt import OneTry  # httpx is slow to import; `--help` does without

        if not self._is_open:
            raise RuntimeError("the transport is not open: use `async with HttpClient(...) as transport`")
        present = {name for name, _ in request.headers}
        request = replace(
            request,
            headers=(*request.headers, *(pair for pair in _DEFAULTS if pair[0] not in present)),
        )
        policy = retry or self.retry
        given_up: list[Attempt] = []
        asked, token, renewed = request, "", False
        while True:
            if self._tokens is not None:
                request, token = await self._tokens.fill(asked)
            one = OneTry(request, limits or self.limits, stop_after_events)
            async with self._places:
                if request.method == "HEAD" and self._networked:
                    exchange = await self._ask_head(request, limits or self.limits, exchange_id, probe)
                else:
                    async with self._connection(request) as transport:
                        exchange = await one.run(transport, exchange_id, probe)
                        if transport in self._after_rejection and is_misread(exchange.status, exchange.headers):
                            given_up.append(Attempt(exchange.status, None, 0.0, exchange.headers))
                            again = OneTry(request, limits or self.limits, stop_after_events)
                            exchange = await again.run(transport, exchange_id, probe)
                        self._remember(transport, exchange)
            if self._tokens is not None and token:
                self._tokens.answered(token, exchange.status)
                if exchange.status == 401 and not renewed and await self._tokens.renewed(token, asked):
                    renewed = True
                    given_up.append(Attempt(exchange.status, exchange.failure, 0.0, exchange.headers))
                    continue
                if exchange.status == 401 and renewed:
                    self._tokens.rejected_again(asked)
            waited = sum(each.waited_s for each in given_up) if self._in_vain < OUT_OF_PATIENCE else None
            tries = sum(each.status in BUSY or each.status is None for each in given_up) + 1
            wait_s = policy.decide(tries, exchange.status, exchange.failure, exchange.headers, waited=waited)
            if wait_s is None:
                if exchange.status is not None:
                    self._in_vain = self._in_vain + 1 if exchange.status in BUSY else 0
                return replace(exchange, attempts=tuple(given_up))
            given_up.append(Attempt(exchange.status, exchange.failure, wait_s, exchange.headers))
            async with aside() if exchange.failure is None else nullcontext():  # a target that is gone asks for nothing
                await self._sleep(wait_s)

    @asynccontextmanager
    async def _connection(self, request: Request) -> AsyncGenerator[httpx.AsyncBaseTransport]:
        """Lend the transport that was returned last; each has one connection.

        A transport with many connections looks at all of them for each request, which takes a tenth of a run's time.
        """
        if not self._networked:
            yield self._free[True][0]
            return
        secure = request.url[:6].lower() == "https:"
        free = self._free[secure]
        lent = free.pop() if free else await self._stack.enter_async_context(self._open(secure=secure))
        try:
            yield lent
        finally:
            if self._is_open:
                free.append(lent)

    def _remember(self, transport: httpx.AsyncBaseTransport, exchange: Exchange) -> None:
        """Remember whether the last request on the connection had a body and was rejected."""
        if self._networked and exchange.request.body and (exchange.status or 0) >= 400:
            self._after_rejection.add(transport)
        else:
            self._after_rejection.discard(transport)

    def dial(self, request: Request) -> WebSocket:
        """Return a WebSocket that connects at its first turn; `request` is the upgrade request with a `ws` URL.

        A WebSocket is not retried and does not count toward the concurrency limit; the caller limits the number of open
        WebSockets.
        """
        if "user-agent" not in dict(request.headers):
            request = replace(request, headers=(*request.headers, ("user-agent", USER_AGENT)))
        tls = self._tls if request.url.startswith("wss:") else None
        return WebSocket(request, self.limits, tls, self._route, self._tokens)

    async def _ask_head(self, request: Request, limits: Limits, exchange_id: str, probe: str) -> Exchange:
        from conformance.wire.head import ask_head

        tls = self._tls if request.url.startswith("https:") else None
        return await ask_head(request, limits, exchange_id=exchange_id, probe=probe, tls=tls, route=self._route)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._route.tls()

    @cached_property
    def _proxy_tls(self) -> ssl.SSLContext | None:
        return self._route.proxy_tls()

    def _in_process(self) -> httpx.AsyncBaseTransport:
        import httpx

        return httpx.ASGITransport(self._asgi_app, raise_app_exceptions=False)

    def _open(self, *, secure: bool) -> httpx.AsyncBaseTransport:
        import httpx

        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=5.0)
        # Reading the default authorities takes long, and a target without TLS needs none.
        tls = self._tls if secure else _no_tls()
        proxy = self._route.through()
        if proxy is not None:
            from conformance.wire.tunnelled import Tunnelled

            return Tunnelled(proxy, tls=tls, proxy_tls=self._proxy_tls, limits=limits)
        return httpx.AsyncHTTPTransport(verify=tls, http1=True, http2=False, trust_env=False, limits=limits)


@cache
def _no_tls() -> ssl.SSLContext:
    """Return a TLS context that trusts no certificate."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
