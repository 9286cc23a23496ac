"""A WebSocket's bounds are exact, its times count from the turn, it is opened as told, and each end has its cause."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from conformance.wire import Exchange, FailureKind, Limits, Request, Route, WebSocket, websocket

UPGRADE = Request("GET", "ws://a.test/v1", (("user-agent", "me"), ("x-a", "1")))
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Talker:
    """Stands for the library's connection: says these messages, and then nothing."""

    def __init__(self, *says: str | bytes) -> None:
        self.says = list(says)
        self.heard: list[str] = []
        self.left: list[str] = []
        self.request = SimpleNamespace(headers=Headers(UPGRADE.headers))
        self.response = Response(101, "Switching Protocols", Headers({"X-A": "1"}), b"")
        self.transport = SimpleNamespace(abort=lambda: self.left.append("hung up"))

    async def send(self, message: str) -> None:
        self.heard.append(message)

    async def recv(self) -> str | bytes:
        if not self.says:
            await asyncio.Event().wait()
        return self.says.pop(0)

    async def close(self) -> None:
        self.left.append("said goodbye")


def opened_by(patch: pytest.MonkeyPatch, opening: Talker | Exception) -> list[Request]:
    """Let every opening of a connection come to this; gives the list of those that are asked for."""
    asked = []

    async def connect(request: Request, limits: Limits, context: ssl.SSLContext | None, _route: Route) -> Any:
        asked.append(request)
        if isinstance(opening, Exception):
            raise opening
        return opening

    patch.setattr(websocket, "_connect", connect)
    return asked


def turns(*said: bytes, limits: Limits | None = None) -> list[Exchange]:
    """One turn for each message, each ended by `end`."""

    async def run() -> list[Exchange]:
        dialled = WebSocket(UPGRADE, limits or Limits())
        found = [await dialled.turn([each], lambda text: text == "end", exchange_id="x") for each in said]
        await dialled.close()
        return found

    return asyncio.run(run())


def failed(exchange: Exchange) -> FailureKind | None:
    return exchange.failure.kind if exchange.failure else None


@pytest.mark.parametrize(
    ("limits", "kind", "kept"),
    [
        (Limits(max_bytes=5), None, 2),
        (Limits(max_bytes=4), FailureKind.TOO_LARGE, 1),
        (Limits(max_events=2), None, 2),
        (Limits(max_events=1), FailureKind.TOO_LARGE, 1),
    ],
)
def test_the_size_of_a_turn_is_exact(
    monkeypatch: pytest.MonkeyPatch, limits: Limits, kind: FailureKind | None, kept: int
) -> None:
    """As many bytes and messages as allowed are no failure."""
    opened_by(monkeypatch, Talker("é", "end"))
    (exchange,) = turns(b"x", limits=limits)
    assert (failed(exchange), len(exchange.events)) == (kind, kept)


def test_bytes_that_are_no_utf_8_are_shown_with_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A binary message is text all the same, as far as it can be."""
    opened_by(monkeypatch, Talker(b"a\xff", "end"))
    (exchange,) = turns(b"x")
    assert [event.data for event in exchange.events] == ["a\ufffd", "end"]


def test_times_of_a_turn_are_milliseconds_to_the_microsecond(monkeypatch: pytest.MonkeyPatch) -> None:
    """They count from the turn's beginning: the upgrade, and each message; first and last are the turn's own."""
    opened_by(monkeypatch, Talker("a", "b", "end"))
    shown = iter([10.0, 10.0012344, 10.5, 11.0, 12.0])
    monkeypatch.setattr(websocket, "time", SimpleNamespace(perf_counter=lambda: next(shown)))
    (exchange,) = turns(b"x")
    timing = exchange.timing
    assert (timing.headers_ms, timing.first_byte_ms, timing.last_byte_ms) == (1.234, 500.0, 2000.0)
    assert [event.at_ms for event in exchange.events] == [500.0, 1000.0, 2000.0]
    assert (exchange.request.method, exchange.probe) == ("GET", "")


def test_a_refusal_has_the_time_of_its_head_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a body where none came; and it is HTTP/1.1."""
    opened_by(monkeypatch, InvalidStatus(Response(404, "Not Found", Headers(), b"")))
    exchange, _ = turns(b"x", b"y")
    assert (exchange.status, exchange.http_version, exchange.body) == (404, "HTTP/1.1", b"")
    assert exchange.timing.headers_ms is not None
    assert (exchange.timing.first_byte_ms, exchange.timing.last_byte_ms) == (None, None)


def test_without_an_answer_nothing_is_shown_and_nobody_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """No version, body or time; the turns after it fail at once, for the same reason."""
    asked = opened_by(monkeypatch, OSError("refused"))
    first, second = turns(b"x", b"y")
    assert (first.status, first.http_version, first.headers, first.body) == (None, "", (), b"")
    assert first.timing.headers_ms is None
    assert (failed(first), second.failure, len(asked)) == (FailureKind.CONNECT, first.failure, 1)


def test_who_was_heard_out_is_told_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the messages of every turn were sent."""
    talker = Talker("end", "end")
    opened_by(monkeypatch, talker)
    turns(b"x", b"y")
    assert (talker.heard, talker.left) == (["x", "y"], ["said goodbye"])


def test_after_a_failure_nothing_is_sent_and_the_line_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who did not answer in time may not answer a goodbye either."""
    talker = Talker("begun")
    opened_by(monkeypatch, talker)
    first, second = turns(b"x", b"y", limits=Limits(read_s=0.01))
    assert (failed(first), second.failure) == (FailureKind.TIMEOUT_READ, first.failure)
    assert (talker.heard, talker.left) == (["x"], ["hung up"])


def test_a_connection_that_never_was_needs_no_goodbye() -> None:
    """Closing does nothing before the first turn."""
    asyncio.run(WebSocket(UPGRADE, Limits()).close())


@pytest.mark.parametrize(("scheme", "secured"), [("ws", {}), ("wss", {"ssl": CONTEXT})])
def test_it_is_opened_as_told(scheme: str, secured: dict[str, object]) -> None:
    """The context goes with `wss` alone, the user agent once; opening has the time to connect and to read, a goodbye a second."""

    async def look() -> None:
        request = Request("GET", f"{scheme}://a.test/v1", UPGRADE.headers)
        opening = websocket._connect(request, Limits(connect_s=3.0, read_s=2.0), CONTEXT if secured else None, Route())
        assert opening.create_connection_kwargs == secured
        assert (opening.user_agent_header, opening.additional_headers) == ("me", {"x-a": "1"})
        assert (opening.open_timeout, opening.proxy) == (5.0, None)
        assert opening.factory(opening.ws_uri).close_timeout == 1.0

    asyncio.run(look())


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (socket.gaierror(-2, "unknown"), FailureKind.DNS),
        (ssl.SSLError(1, "bad certificate"), FailureKind.TLS),
        (TimeoutError("late"), FailureKind.TIMEOUT_READ),
        (ConnectionResetError("reset"), FailureKind.CUT_OFF),
        (caused(ValueError("no head"), EOFError("closed")), FailureKind.CUT_OFF),
        (caused(ValueError("no head"), ConnectionResetError("reset")), FailureKind.CUT_OFF),
        (ConnectionRefusedError("refused"), FailureKind.CONNECT),
        (ValueError("no HTTP"), FailureKind.PROTOCOL),
    ],
)
def test_an_opening_that_fails_has_its_cause(error: Exception, kind: FailureKind) -> None:
    """What is behind an error of the library counts, too."""
    assert websocket._not_opened(error, Limits()).kind is kind


@pytest.mark.parametrize(
    ("rcvd", "sent", "rcvd_first", "kind"),
    [
        (None, 1009, None, FailureKind.TOO_LARGE),
        (1009, 1009, False, FailureKind.TOO_LARGE),
        (1009, 1009, True, FailureKind.CUT_OFF),
        (None, 1002, None, FailureKind.PROTOCOL),
        (None, 1007, None, FailureKind.PROTOCOL),
        (None, 1003, None, FailureKind.CUT_OFF),
        (None, 1008, None, FailureKind.CUT_OFF),
        (None, 1010, None, FailureKind.CUT_OFF),
        (1002, None, None, FailureKind.CUT_OFF),
        (None, None, None, FailureKind.CUT_OFF),
    ],
)
def test_who_closed_tells_the_cause(
    rcvd: int | None, sent: int | None, rcvd_first: bool | None, kind: FailureKind
) -> None:
    """What we closed for was too large or against the protocol; whatever the target says when it closes, it hung up."""
    received, said = (None if code is None else Close(code, "") for code in (rcvd, sent))
    assert websocket._closed(ConnectionClosedError(received, said, rcvd_first)).kind is kind
