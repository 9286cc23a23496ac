"""Which kind of failure an exception is, by the step that it interrupted and by what caused it; and its words."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from conformance.wire import Failure, FailureKind, Limits
from conformance.wire.failures import failure_of

LIMITS = Limits(connect_s=1, read_s=2.5, total_s=3)
NAMELESS = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def caused(error: Exception, *causes: BaseException) -> Exception:
    """The exception with a chain of causes."""
    current: BaseException = error
    for cause in causes:
        current.__cause__ = cause
        current = cause
    return error


CASES: dict[str, tuple[Exception, str, FailureKind, str]] = {
    "no connection in time": (
        httpx.ConnectTimeout("x"), "connection.connect_tcp", FailureKind.TIMEOUT_CONNECT, "no connection within 1 s",
    ),
    "no handshake in time": (
        httpx.ConnectTimeout("x"), "connection.start_tls", FailureKind.TIMEOUT_CONNECT, "no TLS handshake within 1 s",
    ),
    "silence": (httpx.ReadTimeout("x"), "", FailureKind.TIMEOUT_READ, "no byte from the server for 2.5 s"),
    "a request not taken": (
        httpx.WriteTimeout("x"), "", FailureKind.TIMEOUT_READ, "the server took no byte of the request for 2.5 s",
    ),
    "no place": (httpx.PoolTimeout("x"), "", FailureKind.TIMEOUT_TOTAL, "no free connection within 3 s"),
    "a certificate": (
        caused(httpx.ConnectError("all"), ssl.SSLError(1, "bad certificate")),
        "connection.start_tls",
        FailureKind.TLS,
        "no TLS connection: bad certificate",
    ),
    "TLS that broke later": (
        caused(httpx.ReadError(""), ssl.SSLError(1, "bad record")),
        "http11.receive_response_body",
        FailureKind.TLS,
        "no TLS connection: bad record",
    ),
    "a handshake cut off": (
        caused(httpx.ConnectError(""), OSError("reset by peer")),
        "connection.start_tls",
        FailureKind.TLS,
        "no TLS connection: reset by peer",
    ),
    "an unknown name": (
        caused(httpx.ConnectError("all attempts failed"), OSError("inner"), NAMELESS),
        "connection.connect_tcp",
        FailureKind.DNS,
        "the host name was not found: [Errno -2] Name or service not known",
    ),
    "refused": (
        caused(httpx.ConnectError("all attempts failed"), OSError(111, "refused")),
        "connection.connect_tcp",
        FailureKind.CONNECT,
        "no connection: [Errno 111] refused",
    ),
    "a proxy": (httpx.ProxyError("407"), "", FailureKind.CONNECT, "no connection: 407"),
    "a cause without words": (
        caused(httpx.ConnectError("outer"), OSError()), "", FailureKind.CONNECT, "no connection: outer",
    ),
    "nobody has words": (httpx.ConnectError(""), "", FailureKind.CONNECT, "no connection: ConnectError"),
    "lost": (httpx.ReadError("reset"), "", FailureKind.CUT_OFF, "the connection was lost: reset"),
    "hung up": (
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        "",
        FailureKind.CUT_OFF,
        "Server disconnected without sending a response.",
    ),
    "hung up in the body": (
        httpx.RemoteProtocolError("peer closed connection without a whole body"),
        "",
        FailureKind.CUT_OFF,
        "peer closed connection without a whole body",
    ),
    "an endless head": (
        httpx.RemoteProtocolError("Receive buffer too long"),
        "",
        FailureKind.TOO_LARGE,
        "the head of the response, or of one of its chunks, has no end",
    ),
    "nonsense": (
        httpx.RemoteProtocolError("illegal status line"), "", FailureKind.PROTOCOL, "not HTTP/1.1: illegal status line",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_failure_by_its_cause(name: str) -> None:
    """Kind and words."""
    error, phase, kind, message = CASES[name]
    assert failure_of(error, phase, LIMITS) == Failure(kind, message)


def test_a_cause_may_stand_in_a_group_or_a_context() -> None:
    """What was raised while another was handled counts, and so does each of several at once."""
    inner = httpx.ConnectError("outer")
    inner.__context__ = NAMELESS
    assert failure_of(inner, "", LIMITS).kind is FailureKind.DNS
    group = caused(httpx.ConnectError("outer"), ExceptionGroup("many", [OSError("one"), NAMELESS]))
    assert failure_of(group, "", LIMITS).kind is FailureKind.DNS


def test_a_circle_of_causes_has_an_end() -> None:
    """Exceptions may cause each other."""
    one, other = httpx.ReadError("one"), OSError("other")
    one.__cause__, other.__cause__ = other, one
    assert failure_of(one, "", LIMITS) == Failure(FailureKind.CUT_OFF, "the connection was lost: other")
