"""An exchange: one request and everything that came back, frozen, with arrival times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from conformance.wire.json_data import parse_json


class FailureKind(StrEnum):
    """Why no complete HTTP response arrived."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT_CONNECT = "timeout-connect"
    TIMEOUT_READ = "timeout-read"
    TIMEOUT_TOTAL = "timeout-total"
    TOO_LARGE = "too-large"
    PROTOCOL = "protocol"
    CUT_OFF = "cut-off"


class Fact(StrEnum):
    """Something a live exchange always knows, and a recording of one may have lost."""

    REQUEST = "request"
    """What was asked: the request's body."""
    HEADERS = "headers"
    """Some or all of the response headers, so that a missing one proves nothing."""
    BODY = "body"
    """The response body, or its end."""
    LONG_VALUES = "long-values"
    """Long strings in the body: some were cut."""
    TEXT = "text"
    """The exact characters of the text: some were replaced by others that look alike."""
    IDS = "ids"
    """The ids in the body: some were replaced."""
    TIMES = "times"
    """The times in the body: some were replaced."""
    VALUES = "values"
    """Any text in the body: a placeholder stands where some was taken out."""


class UnsendableRequestError(ValueError):
    """The request is not one that HTTP can carry: our own fault, not the target's."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong on the way, for a person; `kind` is stable, `message` is not."""

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it was sent. Header names are lower case.

    Or one turn on a WebSocket: the URL and headers of the upgrade, and as body the messages that were sent, one a line.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def json(self) -> Any:
        """The body as JSON data, or None when it is empty or not JSON."""
        try:
            return parse_json(self.body)
        except ValueError:
            return None

    @property
    def on_socket(self) -> bool:
        """Whether it was said on a WebSocket."""
        return self.url.startswith(("ws://", "wss://"))


class Event(NamedTuple):
    """One server-sent event as the WHATWG rules dispatch it, or one message of a WebSocket, which has `data` alone.

    A tuple, because a recording has a hundred thousand.

    `lines` are the raw lines of the block without their line ends; `at_ms` is when its last byte arrived,
    milliseconds after the request was sent; `complete` is false for an event the stream's end cut off (which a
    browser would drop).
    """

    data: str
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    lines: tuple[str, ...] = ()
    at_ms: float = 0.0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds after the request was sent; None where it never happened."""

    headers_ms: float | None = None
    first_byte_ms: float | None = None
    last_byte_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was given up and repeated: its status or failure, the seconds waited after it, what it was told."""

    status: int | None
    failure: Failure | None
    waited_s: float
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and all that came back.

    `probe` names who staged it. `status` is None when no response head arrived. `headers` keep order and
    repetition, names in lower case. `body` is what came after transfer and content decoding. `failure` is set when
    the response did not end as HTTP says. `attempts` are earlier tries of the same request (connection errors,
    429, 503), oldest first. `stopped` is true when we ended the reading ourselves, as the probe asked: the body and
    its last event may be cut, and that is not the target's doing. A turn on a WebSocket (`Request.on_socket`) has the
    `status` of the upgrade, 101 when it was accepted, and a body of messages (RFC 7464). `lost` is what a recording of the exchange no longer
    knows; a live one has lost nothing. `identity` is equal for equal requests of one run, for whoever resumes it.
    """

    id: str
    request: Request
    probe: str = ""
    status: int | None = None
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    timing: Timing = field(default_factory=Timing)
    events: tuple[Event, ...] = ()
    failure: Failure | None = None
    attempts: tuple[Attempt, ...] = ()
    stopped: bool = False
    lost: frozenset[Fact] = frozenset()
    identity: str = ""

    def header(self, name: str) -> str | None:
        """The first header of that name (any case), or None."""
        name = name.lower()
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def knows(self, name: str) -> bool:
        """Whether the exchange can say if that header was sent: it is there, or none was lost."""
        return Fact.HEADERS not in self.lost or self.header(name) is not None

    @property
    def media_type(self) -> str:
        """The media type of the body, lower case, without parameters; "" when there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def is_sse(self) -> bool:
        """Whether the response says it is a stream of server-sent events, or its recording has kept only the events."""
        media_type = self.media_type
        return media_type == "text/event-stream" or (not media_type and Fact.HEADERS in self.lost and bool(self.events))

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", errors="replace")


def header_pairs(headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Headers as an exchange keeps them."""
    return tuple((name.lower(), value) for name, value in (headers or {}).items())
