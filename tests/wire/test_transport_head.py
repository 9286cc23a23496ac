"""A HEAD on a separate connection: what is written, how long and how much is read, and the times of what came."""

from __future__ import annotations

import asyncio
import ssl
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.wire import Exchange, FailureKind, Limits, Request
from conformance.wire import head as head_module

KIB = 1024
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
SILENCE = 0.0
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Said:
    """The reading end: gives one piece for each read, or the part of it that is asked for, and then the end."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.ended = False

    async def read(self, size: int) -> bytes:
        if not self.pieces:
            assert not self.ended, "read behind the end"
            self.ended = True
            return b""
        piece = self.pieces.pop(0)
        if piece[size:]:
            self.pieces.insert(0, piece[size:])
        return piece[:size]


class Silent(Said):
    """Gives its pieces, and then does not end."""

    async def read(self, size: int) -> bytes:
        if not self.pieces:
            await asyncio.Event().wait()
        return await super().read(size)


class Written:
    """The writing end: keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.data += data

    async def drain(self) -> None:
        """Takes everything at once."""

    def close(self) -> None:
        self.closed = True


class Network:
    """Stands for asyncio's connections: one that says these things, and what it was asked."""

    def __init__(self, patch: pytest.MonkeyPatch, said: Said) -> None:
        self.said, self.written = said, Written()
        self.opened: list[tuple[str, int, Any]] = []
        patch.setattr(asyncio, "open_connection", self._open)

    async def _open(self, host: str, port: int, *, ssl: Any) -> tuple[Said, Written]:
        self.opened.append((host, port, ssl))
        return self.said, self.written


def ask(url: str = "http://a.test/v1", headers: tuple[tuple[str, str], ...] = (), **limits: float) -> Exchange:
    request = Request("HEAD", url, headers)
    return asyncio.run(
        head_module.ask_head(request, Limits(**limits), exchange_id="x1", tls=CONTEXT)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("http://a.test/v1", 80, None),
        ("https://a.test/v1", 443, CONTEXT),
        ("http://a.test:8080/v1", 8080, None),
        ("https://a.test:8443/v1", 8443, CONTEXT),
    ],
)
def test_the_scheme_says_port_and_tls(monkeypatch: pytest.MonkeyPatch, url: str, port: int, tls: object) -> None:
    """80 and none, 443 and TLS, where the URL names no port."""
    network = Network(monkeypatch, Said(ANSWER))
    assert ask(url).status == 200
    assert network.opened == [("a.test", port, tls)]


@pytest.mark.parametrize(("headers", "body"), [((), b""), ((("transfer-encoding", "chunked"),), b"0\r\n\r\n")])
def test_a_request_for_a_head_is_written_whole(
    monkeypatch: pytest.MonkeyPatch, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    """Its head, then nothing, or the last chunk where chunks are announced; and the connection is closed."""
    network = Network(monkeypatch, Said(ANSWER))
    ask(headers=headers)
    line, *fields = network.written.data.removesuffix(b"\r\n\r\n" + body).split(b"\r\n")
    assert line == b"HEAD /v1 HTTP/1.1"
    assert [field for field in fields if b": " not in field] == []
    assert network.written.data.endswith(b"\r\n\r\n" + body)
    assert network.written.closed


def test_nothing_said_is_nothing_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """No status, version, header, byte or time of a server that hangs up; and no probe where none was named."""
    network = Network(monkeypatch, Said())
    exchange = ask()
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.CUT_OFF
    assert (exchange.status, exchange.http_version, exchange.headers, exchange.body) == (None, "", (), b"")
    timing = exchange.timing
    assert (timing.headers_ms, timing.first_byte_ms, timing.last_byte_ms) == (None, None, None)
    assert (exchange.id, exchange.probe) == ("x1", "")
    assert network.written.closed


def clock(*seconds: float) -> SimpleNamespace:
    """Shows these times, one after the other."""
    shown = iter(seconds)
    return SimpleNamespace(perf_counter=lambda: next(shown))


def test_times_of_a_head_are_milliseconds_to_the_microsecond(monkeypatch: pytest.MonkeyPatch) -> None:
    """They count from the open connection: the head, its end, and each read after it; the last is that of the last byte."""
    Network(monkeypatch, Said(ANSWER, b"{.", b"..}"))
    monkeypatch.setattr(head_module, "time", clock(5.0, 10.0, 10.0012344, 10.5, 11.0, 12.0))
    exchange = ask()
    timing = exchange.timing
    assert exchange.body == b"{...}"
    assert (timing.headers_ms, timing.first_byte_ms, timing.last_byte_ms) == (1.234, 2000.0, 2000.0)


def test_without_a_byte_after_the_head_there_is_no_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last that came is the head's end."""
    Network(monkeypatch, Said(ANSWER))
    monkeypatch.setattr(head_module, "time", clock(5.0, 10.0, 10.25, 10.5))
    timing = ask().timing
    assert (timing.headers_ms, timing.first_byte_ms, timing.last_byte_ms) == (250.0, None, 500.0)


@pytest.mark.parametrize(
    ("came", "kept"),
    [([16 * KIB] * 4, 64 * KIB), ([16 * KIB] * 3 + [16 * KIB - 1, 1], 64 * KIB)],
    ids=["in four", "one byte later"],
)
def test_64_kib_after_a_head_are_enough(monkeypatch: pytest.MonkeyPatch, came: list[int], kept: int) -> None:
    """When as many are there, no more is read; one less, and reading goes on."""
    network = Network(monkeypatch, Said(ANSWER, *(b"x" * size for size in came), b"more"))
    assert len(ask().body) == kept
    assert network.said.pieces == [b"more"]


def test_of_endless_content_less_than_80_kib_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes in reads of 16 KiB at most, the last of which begins below 64."""
    flood = b"x" * (1024 * KIB)
    Network(monkeypatch, Said(ANSWER, *(b"x" * size for size in [16 * KIB] * 3 + [16 * KIB - 1]), flood))
    assert len(ask().body) == 80 * KIB - 1


def test_a_second_of_silence_after_a_head_is_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting, the head, and all together have the time of their limits; what follows the head has one second."""
    Network(monkeypatch, Silent(ANSWER, b"{...}"))
    given: list[float] = []
    real = asyncio.timeout

    def timeout(seconds: float) -> asyncio.Timeout:
        given.append(seconds)
        return real(SILENCE if seconds == 1.0 and given.count(1.0) == 2 else 60.0)

    monkeypatch.setattr(asyncio, "timeout", timeout)
    exchange = ask(total_s=40.0, connect_s=10.0, read_s=30.0)
    assert (exchange.status, exchange.body, exchange.failure) == (200, b"{...}", None)
    assert given == [40.0, 10.0, 30.0, 1.0, 1.0]
