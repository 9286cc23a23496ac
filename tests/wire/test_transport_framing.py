"""Bodies of no announced length, and HEAD: what the transport writes, and what it shows of the answer."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme
from answers import JSON, QUICK, failed, response, saying
from raw_server import Script, Talk, serve

from conformance.wire import NO_RETRY, Exchange, FailureKind, HttpClient, Limits, Request, UnsendableRequestError

CLOSE = (("connection", "close"),)
HEAD = b"HTTP/1.1 200 OK\r\n" + JSON + b"content-length: 5\r\n\r\n"


def send(script: Script, request: tuple[str, tuple[tuple[str, str], ...], bytes], **options: object) -> Exchange:
    method, headers, body = request

    async def run() -> Exchange:
        async with serve(script) as server, HttpClient(retry=NO_RETRY, **options) as transport:  # type: ignore[arg-type]
            return await transport.send(Request(method, server.url, headers, body), exchange_id="x1")

    return asyncio.run(run())


def head(script: Script, headers: tuple[tuple[str, str], ...] = CLOSE, limits: Limits = QUICK) -> Exchange:
    return send(script, ("HEAD", headers, b""), limits=limits)


def test_a_chunked_body_has_no_length_and_two_chunks() -> None:
    """What is sent is the body in halves and the last chunk, and no content-length."""
    raw = b""

    async def script(talk: Talk) -> None:
        nonlocal raw
        raw = await talk.reader.readuntil(b"0\r\n\r\n")
        assert b"content-length" not in talk.head
        await talk.say(response(b"{}"))

    exchange = send(script, ("POST", (("transfer-encoding", "chunked"),), b"abcdef"))
    assert raw == b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
    assert exchange.status == 200
    assert ("transfer-encoding", "chunked") in exchange.request.headers
    assert exchange.request.body == b"abcdef"


def test_an_answer_in_the_middle_of_a_body_is_read() -> None:
    """A server that refuses a body before it has it, and closes: the answer is the exchange's."""

    async def script(talk: Talk) -> None:
        await talk.say(response(b"{}", b"connection: close\r\n", b"411 Length Required"))
        talk.writer.write_eof()
        await talk.until_gone()  # close at once, and the system would throw the answer away with the unread body

    exchange = send(script, ("POST", (("transfer-encoding", "chunked"),), b"x" * 4_000_000))
    assert (exchange.status, exchange.failure) == (411, None)


def test_a_head_without_content_has_an_empty_body() -> None:
    """The announced length is that of the GET; nothing follows the head, and nothing is waited for."""
    exchange = head(saying(HEAD, hang_up=True))
    assert (exchange.status, exchange.body, exchange.failure) == (200, b"", None)
    assert exchange.header("content-length") == "5"
    assert exchange.http_version == "HTTP/1.1"


@pytest.mark.parametrize("pieces", [(HEAD + b"{...}",), (HEAD, b"{.", b"..}")], ids=["with the head", "after it"])
def test_what_follows_a_head_is_shown(pieces: tuple[bytes, ...]) -> None:
    """In the same segment or in later ones."""
    assert head(saying(*pieces, hang_up=True)).body == b"{...}"


def test_a_head_over_a_kept_connection_is_read_until_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not close is not waited for longer than a while; what it said is kept."""
    monkeypatch.setattr("conformance.wire.head.QUIET_S", 0.05)
    assert head(saying(HEAD + b"{...}"), headers=()).body == b"{...}"


def test_endless_content_after_a_head_is_cut() -> None:
    """It is wrong from the first byte, so not all of it is read."""

    async def script(talk: Talk) -> None:
        await talk.say(HEAD)
        while True:
            await talk.say(b"x" * 65536)

    assert 64 * 1024 <= len(head(script).body) < 256 * 1024


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (saying(hang_up=True), FailureKind.CUT_OFF),
        (saying(b"HTTP/1.1 200 OK\r\ncontent-", hang_up=True), FailureKind.CUT_OFF),
        (saying(b"nonsense\r\n\r\n", hang_up=True), FailureKind.PROTOCOL),
        (saying(), FailureKind.TIMEOUT_READ),
    ],
    ids=["closed", "cut", "not HTTP", "silent"],
)
def test_a_head_that_is_not_answered_is_a_failure(script: Script, kind: FailureKind) -> None:
    """As with any other request, what goes wrong is in the exchange."""
    exchange = head(script)
    assert (failed(exchange), exchange.status) == (kind, None)


def test_an_interim_answer_is_no_answer() -> None:
    """103, then 405."""
    early = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    assert head(saying(early + response(b"", status=b"405 No"), hang_up=True)).status == 405


def test_a_head_to_a_closed_port_is_a_connect_failure() -> None:
    """And an unsendable one is our fault."""

    async def ask(url: str, headers: tuple[tuple[str, str], ...] = ()) -> Exchange:
        async with HttpClient(retry=NO_RETRY) as transport:
            return await transport.send(Request("HEAD", url, headers), exchange_id="x1")

    assert failed(asyncio.run(ask("http://127.0.0.1:9/v1/models"))) is FailureKind.CONNECT
    with pytest.raises(UnsendableRequestError):
        asyncio.run(ask("http://127.0.0.1:9/v1/models", (("bad name", "x"),)))


def test_a_head_over_tls_checks_the_certificate(tmp_path: object) -> None:
    """A given authority is trusted, and no other."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = f"{tmp_path}/ca.pem"
    authority.cert_pem.write_to_path(file)

    async def run(verify: bool | str) -> Exchange:
        async with (
            serve(saying(HEAD, hang_up=True), context) as server,
            HttpClient(retry=NO_RETRY, verify=verify) as transport,
        ):
            return await transport.send(Request("HEAD", server.url, CLOSE), exchange_id="x1")

    assert asyncio.run(run(file)).status == 200
    assert failed(asyncio.run(run(True))) is FailureKind.TLS
