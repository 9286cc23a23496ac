"""The exchange: one request and its response, immutable, with arrival times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from conformance.wire.json_data import parse_json


class FailureKind(StrEnum):
    """The kinds of failure that leave an exchange without a complete HTTP response."""

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
    """A detail that every exchange of a live run has, but that a recording may lack."""

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
    """The request cannot be sent over HTTP; the suite or its user caused this, not the target."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong during an exchange; `kind` is for programs, `message` is for people."""

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as sent, with lower-case header names.

    A WebSocket turn is stored as a request with the URL and headers of the WebSocket upgrade; its body has the sent
    messages, one per line.
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
    """One server-sent event as decoded by the WHATWG rules, or one WebSocket message, which has only `data`.

    Events are tuples to save memory: a recording may have a hundred thousand events. `lines` are the unparsed lines of
    the event, without line ends. `at_ms` is the time when the event's last byte arrived, in milliseconds after the
    request was sent. `complete` is false if the stream ended in the middle of the event; a browser would discard such
    an event.
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
    """The times of an exchange, in milliseconds after the request was sent; None for steps that never happened."""

    headers_ms: float | None = None
    first_byte_ms: float | None = None
    last_byte_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A failed try before a retry: its status or failure, its response headers, and the wait after it."""

    status: int | None
    failure: Failure | None
    waited_s: float
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its response, or with the failure to get a response.

    `probe` names the probe that sent the request. `status` is None if the head of the response never arrived. `headers`
    has the response headers in their original order, repetitions included, with lower-case names. `body` is the
    response body after transfer and content decoding. `failure` is set if the connection failed, or if the response
    violated HTTP. `attempts` lists earlier tries of the same request that failed, oldest first. A try fails by a
    connection error, 429, 503 or an expired token, or because the server took the unread body of an earlier request for
    the beginning of this request.

    `stopped` is true if the probe asked to stop reading the response early; `body` and its last event may then be
    truncated. For a WebSocket turn (`Request.on_socket`), `status` is the status of the upgrade (101 if accepted), and
    `body` has the received messages as an RFC 7464 sequence. `lost` lists the details that a recording does not
    preserve; it is empty for a live exchange. `identity` is a key that equal requests of one run share. A resumed run
    uses `identity` to find the requests that were already answered.
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
        """Return the value of the first header with the given name (in any case), or None."""
        name = name.lower()
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def knows(self, name: str) -> bool:
        """Return false if the recording may have lost the given header, so that its absence proves nothing."""
        return Fact.HEADERS not in self.lost or self.header(name) is not None

    @property
    def media_type(self) -> str:
        """The media type of the body in lower case, without parameters; "" if there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def is_sse(self) -> bool:
        """Whether the response declares server-sent events, or its recording preserved only events."""
        media_type = self.media_type
        return media_type == "text/event-stream" or (not media_type and Fact.HEADERS in self.lost and bool(self.events))

    @property
    def text(self) -> str:
        """The body as text; bytes that are invalid in UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", errors="replace")


def header_pairs(headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return headers in the form in which an exchange stores them."""
    return tuple((name.lower(), value) for name, value in (headers or {}).items())
