"""TLS: whom the transport trusts, and what it says of whom it does not."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from answers import failed, post, response, saying
from raw_server import serve

from conformance.wire import NO_RETRY, Exchange, FailureKind, HttpClient, Request


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def ask_tls(context: ssl.SSLContext, verify: bool | str | Path) -> Exchange:
    async def run() -> Exchange:
        async with serve(saying(response(b"{}")), context) as server, HttpClient(verify=verify, retry=NO_RETRY) as wire:
            return await wire.send(post(server.url), exchange_id="x1")

    return asyncio.run(run())


def test_an_unknown_authority_is_a_tls_failure(server_tls: ssl.SSLContext) -> None:
    """A certificate nobody vouches for is refused, and the message says why."""
    exchange = ask_tls(server_tls, verify=True)
    assert failed(exchange) is FailureKind.TLS
    assert "certificate verify failed" in (exchange.failure.message if exchange.failure else "")


def ask_usual(context: ssl.SSLContext) -> Exchange:
    """With a transport that was told nothing of certificates."""

    async def run() -> Exchange:
        async with serve(saying(response(b"{}")), context) as server, HttpClient(retry=NO_RETRY) as wire:
            return await wire.send(post(server.url), exchange_id="x1")

    return asyncio.run(run())


def test_certificates_are_checked_unless_told_otherwise(
    server_tls: ssl.SSLContext, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the usual authorities, and by none that the environment names."""
    assert failed(ask_usual(server_tls)) is FailureKind.TLS
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert failed(ask_usual(server_tls)) is FailureKind.TLS


def test_a_given_authority_is_trusted(server_tls: ssl.SSLContext, authority: trustme.CA, tmp_path: Path) -> None:
    """With the file of its authority the same server is fine, and without verification too."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert ask_tls(server_tls, verify=tmp_path / "ca.pem").status == 200
    assert ask_tls(server_tls, verify=False).status == 200


def test_a_certificate_for_another_host_is_a_tls_failure(authority: trustme.CA, tmp_path: Path) -> None:
    """The name in the certificate must be the host's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert failed(ask_tls(context, verify=tmp_path / "ca.pem")) is FailureKind.TLS


def test_plain_http_behind_https_is_a_tls_failure() -> None:
    """A server that answers a handshake with plain HTTP is told apart from one that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        async def run() -> Exchange:
            async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.read(100)
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                writer.close()

            server = await asyncio.start_server(plain, sock=listening)
            async with server, HttpClient(retry=NO_RETRY) as transport:
                url = f"https://127.0.0.1:{listening.getsockname()[1]}/v1"
                return await transport.send(post(url), exchange_id="x1")

        assert failed(asyncio.run(run())) is FailureKind.TLS


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bad_ca_file_is_said_at_once(content: str | None, tmp_path: Path) -> None:
    """A missing or wrong CA file is our user's mistake: an error that names the file."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    async def run() -> None:
        async with HttpClient(verify=path):
            pass

    with pytest.raises(ValueError, match=r"ca\.pem.*PEM certificates"):
        asyncio.run(run())


def test_a_websocket_trusts_whom_requests_trust(
    server_tls: ssl.SSLContext, authority: trustme.CA, tmp_path: Path
) -> None:
    """The file of authorities holds for both; without it the certificate is refused."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    async def run(verify: bool | Path) -> Exchange:
        script = saying(response(b"{}", status=b"400 No"))
        async with serve(script, server_tls) as server, HttpClient(verify=verify) as transport:
            socket = transport.dial(Request("GET", server.url.replace("https", "wss", 1)))
            return await socket.turn([b"{}"], bool, exchange_id="x1")

    assert asyncio.run(run(tmp_path / "ca.pem")).status == 400
    assert failed(asyncio.run(run(True))) is FailureKind.TLS
