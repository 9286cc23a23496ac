"""Mutual TLS: a client certificate is shown to a target that asks for one, and to nobody else."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme
from answers import failed, post, response, saying
from proxying import proxying
from raw_server import serve

from conformance.wire import NO_RETRY, Exchange, FailureKind, HttpClient, Request
from conformance.wire.route import Route


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def asking(authority: trustme.CA) -> ssl.SSLContext:
    """A server that wants a separate certificate authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="module")
def files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ca.pem`, `cert.pem`, `key.pem`, `both.pem`, and `other.pem` with the key of another certificate."""
    folder = tmp_path_factory.mktemp("certificates")
    client = authority.issue_cert("client.example")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    client.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    client.private_key_pem.write_to_path(folder / "key.pem")
    client.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    authority.issue_cert("other.example").private_key_pem.write_to_path(folder / "other.pem")
    return folder


def ask(asking: ssl.SSLContext, files: Path, cert: str | None, key: str | None, method: str) -> Exchange:
    async def run() -> Exchange:
        client = {"client_cert": cert and str(files / cert), "client_key": key and str(files / key)}
        wire = HttpClient(route=Route(files / "ca.pem", **client), retry=NO_RETRY)
        async with serve(saying(response(b"" if method == "HEAD" else b"{}")), asking) as server, wire:
            if method == "SOCKET":
                socket = wire.dial(Request("GET", server.url.replace("https", "wss", 1)))
                return await socket.turn([b"{}"], bool, exchange_id="x1")
            request = post(server.url) if method == "POST" else Request(method, server.url)
            return await wire.send(request, exchange_id="x1")

    return asyncio.run(run())


@pytest.mark.parametrize(("cert", "key"), [("cert.pem", "key.pem"), ("both.pem", None)])
@pytest.mark.parametrize("method", ["POST", "HEAD", "SOCKET"])
def test_a_certificate_is_shown(asking: ssl.SSLContext, files: Path, cert: str, key: str | None, method: str) -> None:
    """With its key in another file or in the same."""
    assert ask(asking, files, cert, key, method).status == 200


@pytest.mark.parametrize("method", ["POST", "HEAD", "SOCKET"])
def test_without_one_there_is_no_connection(asking: ssl.SSLContext, files: Path, method: str) -> None:
    """A TLS failure, not an answer."""
    exchange = ask(asking, files, None, None, method)
    assert exchange.status is None
    assert failed(exchange) in (FailureKind.TLS, FailureKind.CUT_OFF)


def test_the_proxy_is_not_shown_it(asking: ssl.SSLContext, files: Path) -> None:
    """A proxy that asks for one gets none, and so there is no tunnel."""

    async def run() -> Exchange:
        async with serve(saying(response(b"{}"))) as server, proxying(tls=asking) as proxy:
            route = {"client_cert": str(files / "both.pem"), "proxy": proxy.url, "verify": files / "ca.pem"}
            async with HttpClient(retry=NO_RETRY, route=Route(**route)) as wire:
                return await wire.send(post(server.url), exchange_id="x1")

    assert asyncio.run(run()).status is None


@pytest.mark.parametrize(
    ("cert", "key"), [("missing.pem", None), ("cert.pem", None), ("cert.pem", "other.pem"), ("ca.pem", "ca.pem")]
)
def test_files_that_do_not_fit_are_refused(files: Path, cert: str, key: str | None) -> None:
    """Each message names the files."""
    with pytest.raises(ValueError, match=rf"the client certificate '.*{cert}'.* cannot be used"):
        Route(client_cert=str(files / cert), client_key=key and str(files / key)).tls()


def test_an_encrypted_key_asks_for_no_password(authority: trustme.CA, files: Path, tmp_path: Path) -> None:
    """A run has nobody to ask on the terminal."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key((files / "key.pem").read_bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"word"),
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    with pytest.raises(ValueError, match="the key not be encrypted"):
        Route(client_cert=str(files / "cert.pem"), client_key=str(tmp_path / "locked.pem")).tls()
