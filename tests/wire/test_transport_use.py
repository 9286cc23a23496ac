"""How the suite uses the transport: what it refuses to send, limits, cancelling, and what may answer instead of a network."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from answers import CHUNKED, SSE, chunk, failed, post, response, saying
from raw_server import Talk, serve

from conformance import __version__
from conformance.wire import NO_RETRY, Exchange, FailureKind, HttpClient, Limits, Request, UnsendableRequestError


def test_cancelling_closes_the_connection() -> None:
    """A cancelled send raises `CancelledError`, hangs up, and leaves the transport usable."""

    async def run() -> Exchange:
        started, gone = asyncio.Event(), asyncio.Event()

        async def script(talk: Talk) -> None:
            if talk.number > 1:
                await talk.say(response(b"{}"))
                return
            await talk.say(CHUNKED + SSE + b"\r\n", chunk(b"data: 1\n\n"))
            started.set()
            await talk.until_gone()
            gone.set()

        async with serve(script) as server, HttpClient(concurrency=1) as transport:
            sending = asyncio.create_task(transport.send(post(server.url), exchange_id="x1"))
            await started.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await asyncio.wait_for(gone.wait(), 2)
            return await transport.send(post(server.url), exchange_id="x2")

    assert asyncio.run(run()).status == 200


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "no url"),
        Request("POST", "ftp://host/x"),
        Request("POST", "http://"),
        Request("POST", "http://127.0.0.1:9/\x00"),
        Request("POST", "http://127.0.0.1:99999/"),
        Request("GET", "http://127.0.0.1:9/", (("bad name", "x"),)),
        Request("GET", "http://127.0.0.1:9/", (("näme", "x"),)),
        Request("GET", "http://127.0.0.1:9/", (("x", "\ud800"),)),
        Request("GET", "http://127.0.0.1:9/", (("x", "a\r\nb: c"),)),
        Request("POST", "http://127.0.0.1:9/", (("content-length", "1"),), b"{}"),
    ],
    ids=lambda request: repr((request.url, request.headers)),
)
def test_a_request_that_cannot_be_sent_is_our_fault(request_: Request) -> None:
    """An impossible URL or header is an error of ours before anything is sent, not a failure of the target."""

    async def run() -> None:
        async with HttpClient() as transport:
            await transport.send(request_, exchange_id="x1")

    with pytest.raises(UnsendableRequestError, match=r"the URL .* needs|cannot be sent"):
        asyncio.run(run())


def test_what_only_the_http_library_refuses_is_our_fault() -> None:
    """A request that h11 will not send is our error too, though the URL and headers looked right."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value")

    async def run() -> None:
        async with HttpClient(http=httpx.MockTransport(refuse)) as transport:
            await transport.send(post("http://mock/"), exchange_id="x1")

    with pytest.raises(UnsendableRequestError, match="cannot be sent"):
        asyncio.run(run())


def test_a_transport_must_be_open() -> None:
    """Using a transport outside its `async with` says so."""

    async def run() -> None:
        await HttpClient().send(post("http://127.0.0.1:9/"), exchange_id="x1")

    with pytest.raises(RuntimeError, match="async with HttpClient"):
        asyncio.run(run())


def test_limits_of_one_request_override_the_usual_ones() -> None:
    """`limits` given to `send` hold for that request alone."""

    async def run() -> list[Exchange]:
        async with serve(saying(response(b"abcdef"))) as server, HttpClient() as transport:
            tight = await transport.send(post(server.url), exchange_id="x1", limits=Limits(max_bytes=3))
            return [tight, await transport.send(post(server.url), exchange_id="x2")]

    tight, usual = asyncio.run(run())
    assert (tight.body, failed(tight)) == (b"abc", FailureKind.TOO_LARGE)
    assert (usual.body, usual.failure) == (b"abcdef", None)


@pytest.mark.parametrize("name", Limits.__slots__)
def test_limits_are_positive(name: str) -> None:
    """A limit of nothing is refused, by name."""
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})


def test_an_application_of_this_process_can_answer() -> None:
    """With `asgi_app` no socket is needed; an exception of the application is its 500."""

    async def app(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["path"] == "/crash":
            raise LookupError
        body = (await receive())["body"]
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: " + body + b"\n\n"})

    async def run() -> list[Exchange]:
        async with HttpClient(asgi_app=app) as transport:
            urls = ("http://reference/v1", "http://reference/crash")
            return [await transport.send(post(url), exchange_id="x1") for url in urls]

    good, bad = asyncio.run(run())
    assert (good.status, [event.data for event in good.events]) == (201, ["{}"])
    assert bad.status == 500


def test_another_httpx_transport_can_answer() -> None:
    """Tests may give any httpx transport; its exceptions are failures like those of the network."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/lost":
            raise httpx.ReadError("reset")
        return httpx.Response(200, stream=httpx.ByteStream(request.content))

    async def run() -> list[Exchange]:
        async with HttpClient(http=httpx.MockTransport(handler), retry=NO_RETRY) as transport:
            urls = ("http://mock/", "http://mock/lost")
            return [await transport.send(post(url), exchange_id="x1") for url in urls]

    good, lost = asyncio.run(run())
    assert good.body == b"{}"
    assert failed(lost) is FailureKind.CUT_OFF


def test_importing_the_room_does_not_import_httpx() -> None:
    """`conformance --help` must not pay for an HTTP client."""
    code = "import sys, conformance.wire, conformance.record; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_sixteen_requests_are_on_their_way_unless_told_otherwise() -> None:
    """More wait their turn."""
    busy = most = 0

    class Busy(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            for _ in range(20):
                await asyncio.sleep(0)
            busy -= 1
            return httpx.Response(200, stream=httpx.ByteStream(b"ok"))

    async def run() -> None:
        async with HttpClient(http=Busy()) as transport:
            sends = (transport.send(post("http://mock/"), exchange_id=f"x{n}") for n in range(40))
            await asyncio.gather(*sends)

    asyncio.run(run())
    assert most == 16


def test_what_answers_in_place_of_the_network_answers_a_head_too() -> None:
    """No socket is opened; who staged a request is told only when it is said."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b""), headers={"x-method": request.method})

    async def run() -> Exchange:
        async with HttpClient(http=httpx.MockTransport(answer)) as transport:
            return await transport.send(Request("HEAD", "http://mock/"), exchange_id="x1")

    exchange = asyncio.run(run())
    assert (exchange.status, exchange.header("x-method"), exchange.probe) == (200, "HEAD", "")


@pytest.mark.parametrize("own", [(), (("user-agent", "me"),)])
def test_a_websocket_says_who_asks(own: tuple[tuple[str, str], ...]) -> None:
    """The suite, unless the request says another."""

    async def run() -> Exchange:
        async with serve(saying(response(b"{}", status=b"400 No"))) as server, HttpClient() as transport:
            socket = transport.dial(Request("GET", server.url.replace("http", "ws", 1), own))
            return await socket.turn([b"{}"], bool, exchange_id="x1")

    exchange = asyncio.run(run())
    said = [value for name, value in exchange.request.headers if name == "user-agent"]
    assert (exchange.status, said) == (400, [value for _, value in own] or [f"openai-conformance/{__version__}"])


def test_connections_are_http_1_and_no_more_than_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept for five idle seconds, one for each request on its way; the environment is not asked."""
    made: list[dict[str, Any]] = []

    class Recorded(httpx.AsyncHTTPTransport):
        def __init__(self, **options: Any) -> None:
            made.append(options)
            super().__init__(**options)

    monkeypatch.setattr(httpx, "AsyncHTTPTransport", Recorded)

    async def run() -> int:
        async with serve(saying(response(b"{}"))) as server, HttpClient(concurrency=3) as client:
            ask = Request("GET", server.url)
            for number in range(2):
                await client.send(ask, exchange_id=f"x{number}")
            one_after_another = len(made)
            await asyncio.gather(*(client.send(ask, exchange_id=f"y{number}") for number in range(20)))
            return one_after_another

    assert asyncio.run(run()) == 1
    assert 1 < len(made) <= 3
    for options in made:
        assert (options["http1"], options["http2"], options["trust_env"]) == (True, False, False)
        assert options["limits"] == httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=5.0)
        assert options["verify"] is made[0]["verify"]
