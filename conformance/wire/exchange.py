"""The exchange: one request and everything that came back, immutable, with arrival times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

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
    """Something that a live exchange always has and a recording may have lost."""

    REQUEST = "request"
    """The request's body."""
    HEADERS = "headers"
    """Some or all response headers, so a missing header proves nothing."""
    BODY = "body"
    """The response body, or its end."""
    LONG_VALUES = "long-values"
    """Long strings in the body, some of which were truncated."""
    TEXT = "text"
    """The exact characters of the text, some of which were replaced by similar ones."""
    IDS = "ids"
    """The ids in the body, some of which were replaced."""
    TIMES = "times"
    """The times in the body, some of which were replaced."""
    VALUES = "values"
    """Text in the body, some of which was replaced by a placeholder."""


class UnsendableRequestError(ValueError):
    """The request cannot be sent with HTTP, which is a fault of the suite or its user, not of the target."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong during an exchange; `kind` is stable, `message` is text for people."""

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it was sent, with lower-case header names.

    For a WebSocket turn it has the URL and headers of the upgrade, and the sent messages as its body, one per line.
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
    def path(self) -> str:
        """The path of the URL; "" for a URL that cannot be split, such as one whose host was redacted."""
        try:
            return urlsplit(self.url).path
        except ValueError:
            return ""

    @property
    def on_socket(self) -> bool:
        """Whether the request is a WebSocket turn."""
        return self.url.startswith(("ws://", "wss://"))


class Event(NamedTuple):
    """One server-sent event as the WHATWG rules dispatch it, or one WebSocket message, which has only `data`.

    A tuple, because a recording may have a hundred thousand events. `lines` are the raw lines of the block without
    line ends. `at_ms` is the arrival of its last byte in milliseconds after the request was sent. `complete` is false
    for an event truncated by the end of the stream, which a browser would discard.
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
    """Milliseconds after the request was sent; None for events that did not happen."""

    headers_ms: float | None = None
    first_byte_ms: float | None = None
    last_byte_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was repeated: its status or failure, the seconds waited after it, and the response headers."""

    status: int | None
    failure: Failure | None
    waited_s: float
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and everything that came back.

    `probe` names the probe that sent it. `status` is None if no response head arrived. `headers` preserve order and
    repetition, with lower-case names. `body` is the body after transfer and content decoding. `failure` is set if the
    response did not end as HTTP requires. `attempts` are earlier tries of the same request (connection errors, 429,
    503), oldest first.

    `stopped` is true if the suite ended the reading at the probe's request; the body and its last event may then be
    truncated. A WebSocket turn (`Request.on_socket`) has the `status` of the upgrade, 101 if it was accepted, and a
    body of messages (RFC 7464). `lost` lists what a recording no longer has; a live exchange has lost nothing.
    `identity` is equal for equal requests of one run, which resuming uses.
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
        """Return the first header with that name (any case), or None."""
        name = name.lower()
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def knows(self, name: str) -> bool:
        """Return whether the exchange can tell if that header was sent: it is present, or no headers were lost."""
        return Fact.HEADERS not in self.lost or self.header(name) is not None

    @property
    def media_type(self) -> str:
        """The media type of the body in lower case, without parameters; "" if there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def is_sse(self) -> bool:
        """Whether the response is declared as server-sent events, or its recording kept only events."""
        media_type = self.media_type
        return media_type == "text/event-stream" or (not media_type and Fact.HEADERS in self.lost and bool(self.events))

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", errors="replace")


def header_pairs(headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return headers as an exchange stores them."""
    return tuple((name.lower(), value) for name, value in (headers or {}).items())
