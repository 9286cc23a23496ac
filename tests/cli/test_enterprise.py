"""What enterprises need to reach a target, from the command line to the run file: proxy, certificate, key header, key command."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from conformance.cli import main
from conformance.record import read_run
from conformance.reference import Endpoint, Settings
from conformance.reference.auth import Auth
from conformance.reference.errors import ApiError
from conformance.reference.serve import ReferenceServer
from conformance.reference.store import Store
from tests.wire.proxying import ForwardProxy, proxying
from tests.wire.raw_server import RawServer, Talk, serve

KEY = "sk-enterprise-0123456789"
JUDGED = ("--only", "auth", "--only", "models", "--only", "chat.stop")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[object]:
    """Runs the command line in this process, in a separate folder; gives its exit code."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["conformance", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(str(ended.value.code or 0))

    return command


@contextmanager
def in_a_thread(serving: object) -> Iterator[object]:
    """An asynchronous context manager, entered in the loop of another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    found = asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()  # type: ignore[attr-defined]
    try:
        yield found
    finally:
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()  # type: ignore[attr-defined]
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class KeyInHeader(Auth):
    """Takes the key from `api-key`, as Azure OpenAI does."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        super().authenticate({**headers, "authorization": f"Bearer {headers.get('api-key', '')}"})


class ShortLived(Auth):
    """Accepts the newest token of a file, for so many requests; shows the last token in a header of each answer."""

    file: Path
    uses: int

    def __init__(self, settings: Settings, store: Store) -> None:
        super().__init__(settings, store)
        self.used: dict[str, int] = {}
        self.rejected = 0
        self.lock = threading.Lock()

    def authenticate(self, headers: Mapping[str, str]) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        with self.lock:
            newest = self.file.read_text().split()[-1]
            if scheme.lower() == "bearer" and token == newest and self.used.get(token, 0) < self.uses:
                self.used[token] = self.used.get(token, 0) + 1
                return
            self.rejected += token in self.used
        raise ApiError(401, f"Expired: {token}", None, "invalid_api_key")


def short_lived(file: Path, uses: int) -> tuple[Endpoint, ShortLived]:
    """An endpoint that accepts the newest token of a file for so many requests, and the part that counts them."""
    endpoint = Endpoint(Settings(api_key="unused"), [ShortLived])
    guard = endpoint.part(ShortLived)
    guard.file, guard.uses = file, uses
    return endpoint, guard


def outcomes(folder: Path) -> dict[str, set[str]]:
    """The outcomes of a run by requirement."""
    found: dict[str, set[str]] = {}
    for verdict in read_run(folder / "run.ndjson").verdicts:
        found.setdefault(verdict.requirement, set()).add(str(verdict.outcome))
    return found


def nowhere(folder: Path, *secrets: str) -> None:
    """No file of a run holds a secret."""
    texts = {file: file.read_text(errors="replace") for file in folder.rglob("*") if file.is_file()}
    assert texts
    assert not [(file, secret) for file, text in texts.items() for secret in secrets if secret in text]


def test_a_key_in_a_header_of_another_name(command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All requirements hold, those of wrong and missing keys, too; what asks for the word Bearer does not apply."""
    monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
    with ReferenceServer(Endpoint(Settings(api_key=KEY), [KeyInHeader])) as server:
        words = ("run", server.url, "--output", "out", "--key-header", "Api-Key", *JUDGED, "-q")
        assert command(*words) == 0  # type: ignore[operator]
    found = outcomes(tmp_path / "out")
    assert found["auth.key-missing"] == found["auth.key-wrong"] == found["auth.models"] == {"pass"}
    assert found["auth.scheme-case"] == {"not-applicable"}
    assert set.union(*found.values()) <= {"pass", "not-applicable"}
    sent = [dict(each.request.headers) for each in read_run(tmp_path / "out" / "run.ndjson").exchanges.values()]
    assert any(headers.get("api-key") == "[redacted]" for headers in sent)
    assert not any("authorization" in headers for headers in sent)
    nowhere(tmp_path / "out", KEY)
    assert (
        f"conformance run {server.url} --model reference-1 --profile openai --key-header api-key"
        in (tmp_path / "out/summary.md").read_text()
    )
    assert command("judge", "out", "--output", "again", "-q") == 0  # type: ignore[operator]
    assert outcomes(tmp_path / "again") == found


def test_a_key_that_expires_is_asked_for_again(command: object, tmp_path: Path) -> None:
    """Nothing is judged by an expired key, and none of the keys is anywhere."""
    issued = tmp_path / "issued"
    script = tmp_path / "token.py"
    script.write_text(
        "import pathlib, secrets\n"
        f"file = pathlib.Path({str(issued)!r})\n"
        "token = 'tok-' + secrets.token_hex(12)\n"
        "file.write_text((file.read_text() if file.exists() else '') + token + '\\n')\n"
        "print(token)\n"
    )
    endpoint, guard = short_lived(issued, 6)
    with ReferenceServer(endpoint) as server:
        words = (
            "run",
            server.url,
            "--output",
            "out",
            "--key-cmd",
            f"'{sys.executable}' '{script}'",
            "--concurrency",
            "1",
        )
        assert command(*words, *JUDGED, "-q") == 0  # type: ignore[operator]
    tokens = issued.read_text().split()
    assert len(tokens) > 2
    assert guard.rejected
    found = outcomes(tmp_path / "out")
    assert set.union(*found.values()) <= {"pass", "not-applicable"}
    run = read_run(tmp_path / "out" / "run.ndjson")
    assert run.header.settings["key"] == "from a command"
    assert any(attempt.status == 401 for each in run.exchanges.values() for attempt in each.attempts)
    nowhere(tmp_path / "out", *tokens)
    assert command("judge", "out", "--output", "again", "-q") == 0  # type: ignore[operator]
    assert outcomes(tmp_path / "again") == found


def test_a_key_command_that_fails_later_blames_nobody(command: object, tmp_path: Path) -> None:
    """What could not be asked is inconclusive."""
    issued = tmp_path / "issued"
    script = tmp_path / "token.py"
    script.write_text(
        f"import pathlib, sys\nfile = pathlib.Path({str(issued)!r})\n"
        "sys.exit(1) if file.exists() else file.write_text('tok-0123456789abcdef')\nprint('tok-0123456789abcdef')\n"
    )
    with ReferenceServer(short_lived(issued, 12)[0]) as server:
        words = (
            "run",
            server.url,
            "--output",
            "out",
            "--key-cmd",
            f"'{sys.executable}' '{script}'",
            "--concurrency",
            "1",
        )
        command(*words, *JUDGED, "-q")  # type: ignore[operator]
    verdicts = read_run(tmp_path / "out" / "run.ndjson").verdicts
    assert {str(verdict.outcome) for verdict in verdicts} <= {"pass", "not-applicable", "inconclusive"}
    assert any("--key-cmd: the command failed with exit code 1" in verdict.detail for verdict in verdicts)


def test_through_a_proxy(command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each requirement holds as without one, the proxy's password is nowhere, and the target sees nothing of it."""
    monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
    with ReferenceServer(Endpoint(Settings(api_key=KEY))) as server, in_a_thread(proxying("me:pass-word-1")) as proxy:
        assert isinstance(proxy, ForwardProxy)
        monkeypatch.setenv("CONFORMANCE_PROXY", proxy.url.replace("://", "://me:pass-word-1@"))
        words = (*JUDGED, "--only", "http.head", "--only", "responses.socket", "--depth", "standard", "-q")
        code = command("run", server.url, "--output", "out", *words)  # type: ignore[operator]
        assert code == 0
        assert set(proxy.tunnels) == {server.url.split("/")[2]}
    assert set.union(*outcomes(tmp_path / "out").values()) <= {"pass", "not-applicable", "unsupported"}
    assert read_run(tmp_path / "out" / "run.ndjson").header.settings["proxy"] == proxy.url.replace(
        "://", "://[redacted]@"
    )
    nowhere(tmp_path / "out", "pass-word-1")


def test_a_proxy_that_refuses_is_said(
    command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line; nothing is judged."""
    monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
    with ReferenceServer(Endpoint(Settings(api_key=KEY))) as server, in_a_thread(proxying("me:right-word")) as proxy:
        assert isinstance(proxy, ForwardProxy)
        wrong = proxy.url.replace("://", "://me:wrong-word@")
        assert command("run", server.url, "--output", "out", "--proxy", wrong, *JUDGED) == 5  # type: ignore[operator]
    said = capsys.readouterr()
    assert "no connection through the proxy. Check --proxy and its credentials" in said.err
    assert "407 Proxy Authentication Required" in said.err
    assert "wrong-word" not in said.out + said.err
    nowhere(tmp_path / "out", "wrong-word")


def test_a_client_certificate_is_shown(
    command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With it the target answers; without it there is no connection, and the message says what to give."""
    monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("me.example").private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")

    async def rejecting(talk: Talk) -> None:
        body = json.dumps({"error": {"message": "who?", "type": "x", "param": None, "code": None}}).encode()
        await talk.say(b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\n")
        await talk.say(b"content-length: %d\r\n\r\n" % len(body), body)

    with in_a_thread(serve(rejecting, context)) as server:
        assert isinstance(server, RawServer)
        words = ("run", server.url.removesuffix("/chat/completions"), "--ca-file", "ca.pem", *JUDGED, "-q")
        assert command(*words, "--client-cert", "me.pem") == 6  # type: ignore[operator]
        assert server.asked
        assert command(*words) == 5  # type: ignore[operator]
        assert command(*words, "--client-cert", "ca.pem") == 2  # type: ignore[operator]
        assert command(*words, "--client-key", "me.pem") == 2  # type: ignore[operator]
    said = capsys.readouterr().err
    assert "The client certificate 'ca.pem' cannot be used" in said
    assert "A TLS client key needs a client certificate. Name the certificate file with --client-cert" in said
