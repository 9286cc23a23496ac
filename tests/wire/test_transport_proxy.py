"""Through a proxy: every kind of request goes through a tunnel, and what the proxy refuses is no answer of the target."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme
from answers import failed, post, response, saying
from proxying import ForwardProxy, proxying
from raw_server import RawServer, serve
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_sockets

from conformance.wire import NO_RETRY, Exchange, FailureKind, HttpClient, Request
from conformance.wire.proxy import Proxy
from conformance.wire.route import Route


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def with_user(url: str, user: str) -> str:
    return url.replace("://", f"://{user}@")


def ask(
    method: str,
    *,
    target_tls: ssl.SSLContext | None = None,
    proxy_tls: ssl.SSLContext | None = None,
    verify: Path | bool = True,
    wants: str = "",
    user: str = "",
    answer: bytes = b"",
) -> tuple[Exchange, ForwardProxy, RawServer]:
    """What comes back through a proxy that wants the user `wants` and is given `user`."""

    async def run() -> tuple[Exchange, ForwardProxy, RawServer]:
        body = response(b"" if method == "HEAD" else b"{}")
        async with serve(saying(body), target_tls) as server, proxying(wants, answer, proxy_tls) as proxy:
            url = with_user(proxy.url, user) if user else proxy.url
            async with HttpClient(retry=NO_RETRY, route=Route(verify, url)) as wire:
                request = post(server.url) if method == "POST" else Request(method, server.url)
                return await wire.send(request, exchange_id="x1"), proxy, server

    return asyncio.run(run())


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD"])
@pytest.mark.parametrize("secure_target", [False, True])
@pytest.mark.parametrize("secure_proxy", [False, True])
def test_every_request_goes_through_a_tunnel(
    method: str, secure_target: bool, secure_proxy: bool, authority: trustme.CA, trusted: Path
) -> None:
    """Also a HEAD, which has a separate connection; whichever of the two speaks TLS."""
    target_tls = server_context(authority) if secure_target else None
    proxy_tls = server_context(authority) if secure_proxy else None
    exchange, proxy, server = ask(method, target_tls=target_tls, proxy_tls=proxy_tls, verify=trusted)
    assert (exchange.status, exchange.failure) == (200, None)
    assert proxy.tunnels == [server.url.split("/")[2]]
    assert server.connections == 1
    assert "proxy" not in str(exchange.request.headers)


@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_the_proxy_gets_its_credentials_and_the_target_does_not(method: str) -> None:
    """They are decoded from the URL."""
    exchange, proxy, server = ask(method, wants="user:p@ss word", user="user:p%40ss%20word")
    assert exchange.status == 200
    assert b"proxy-authorization" in proxy.heads[0].lower()
    assert all(b"proxy" not in talk.head.lower() for talk in server.asked)


@pytest.mark.parametrize("method", ["POST", "HEAD"])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "407 Proxy Authentication Required"),
        (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "403 Forbidden"),
        (b"HTTP/1.1 502\r\n\r\n", "502"),
        (b"nonsense\r\n\r\n", "does not speak HTTP"),
    ],
)
def test_what_the_proxy_refuses_is_no_answer_of_the_target(method: str, answer: bytes, said: str) -> None:
    """No connection was made, so there is no status; the message names the proxy, not its password."""
    exchange, _, server = ask(method, wants="user:right-password", user="user:wrong-password", answer=answer)
    assert failed(exchange) is FailureKind.CONNECT
    assert exchange.status is None
    message = exchange.failure.message if exchange.failure else ""
    assert "the proxy" in message
    assert said in message
    assert "wrong-password" not in message
    assert not server.asked


@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_a_proxy_that_is_not_there_is_said(method: str) -> None:
    """The target is not blamed."""

    async def run() -> Exchange:
        async with proxying() as proxy:
            gone = proxy.url
        async with (
            serve(saying(response(b"{}"))) as server,
            HttpClient(retry=NO_RETRY, route=Route(proxy=gone)) as wire,
        ):
            return await wire.send(Request(method, server.url), exchange_id="x1")

    exchange = asyncio.run(run())
    assert failed(exchange) is FailureKind.CONNECT
    assert "no connection to the proxy" in (exchange.failure.message if exchange.failure else "")


def test_an_unknown_certificate_of_the_proxy_is_a_tls_failure(authority: trustme.CA) -> None:
    """It is checked like that of the target."""
    exchange, _, _ = ask("POST", proxy_tls=server_context(authority))
    assert failed(exchange) is FailureKind.TLS


@pytest.mark.parametrize("secure", [False, True])
def test_a_websocket_goes_through_the_proxy(secure: bool, authority: trustme.CA, trusted: Path) -> None:
    """With the same credentials; a refusal is no answer of the target."""
    context = server_context(authority) if secure else None

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async def run(user: str) -> tuple[Exchange, ForwardProxy]:
        async with serve_sockets(echo, "127.0.0.1", 0, ssl=context) as server, proxying("user:secret") as proxy:
            port = server.sockets[0].getsockname()[1]
            url = f"{'wss' if secure else 'ws'}://127.0.0.1:{port}/v1"
            async with HttpClient(route=Route(trusted, with_user(proxy.url, user))) as wire:
                socket = wire.dial(Request("GET", url))
                exchange = await socket.turn([b"{}"], lambda _: True, exchange_id="x1")
                await socket.close()
                return exchange, proxy

    exchange, proxy = asyncio.run(run("user:secret"))
    assert (exchange.status, [event.data for event in exchange.events]) == (101, ["{}"])
    assert len(proxy.tunnels) == 1
    exchange, _ = asyncio.run(run("user:other"))
    assert failed(exchange) is FailureKind.CONNECT
    assert "proxy" in (exchange.failure.message if exchange.failure else "")


def test_the_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a proxy that is given is used."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def run() -> Exchange:
        async with serve(saying(response(b"{}"))) as server, HttpClient(retry=NO_RETRY) as wire:
            return await wire.send(post(server.url), exchange_id="x1")

    assert asyncio.run(run()).status == 200


@pytest.mark.parametrize(
    "url",
    [
        "socks5://h:1",
        "h:8080",
        "http://",
        "http://h:1/path",
        "http://h:1?x=1",
        "http://u@h:1",
        "http://h:99999",
        "http://h ü:1",
    ],
)
def test_what_is_no_proxy_is_refused(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match=r"."):
        Proxy.of(url)
