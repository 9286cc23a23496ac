"""Maps httpx exceptions to a kind of failure and a message for people."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from conformance.wire.exchange import Failure, FailureKind
from conformance.wire.limits import Limits


def failure_of(error: Exception, phase: str, limits: Limits) -> Failure:
    """Return the failure for an exception during sending or reading; `phase` is httpcore's name of the step."""
    causes = list(_causes(error))
    reason = next((str(cause) for cause in reversed(causes) if str(cause)), type(error).__name__)
    if isinstance(error, httpx.TimeoutException):
        return _timeout(error, phase, limits)
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None or phase.endswith("start_tls"):
        return Failure(FailureKind.TLS, f"no TLS connection: {tls or reason}")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Failure(FailureKind.DNS, f"the host name was not found: {reason}")
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        said = str(error) if isinstance(error, httpx.ProxyError) else reason
        return Failure(FailureKind.CONNECT, f"no connection: {said}")
    if isinstance(error, httpx.RemoteProtocolError):
        return _protocol(str(error))
    return Failure(FailureKind.CUT_OFF, f"the connection was lost: {reason}")


def _timeout(error: httpx.TimeoutException, phase: str, limits: Limits) -> Failure:
    if isinstance(error, httpx.ConnectTimeout):
        step = "TLS handshake" if phase.endswith("start_tls") else "connection"
        return Failure(FailureKind.TIMEOUT_CONNECT, f"no {step} within {limits.connect_s:g} s")
    if isinstance(error, httpx.WriteTimeout):
        return Failure(FailureKind.TIMEOUT_READ, f"the server took no byte of the request for {limits.read_s:g} s")
    if isinstance(error, httpx.PoolTimeout):
        return Failure(FailureKind.TIMEOUT_TOTAL, f"no free connection within {limits.total_s:g} s")
    return Failure(FailureKind.TIMEOUT_READ, f"no byte from the server for {limits.read_s:g} s")


def _protocol(message: str) -> Failure:
    """Classify an h11 error, which only its message distinguishes; `tests/wire` tests each one with a real server."""
    if message == "Receive buffer too long":
        return Failure(FailureKind.TOO_LARGE, "the head of the response, or of one of its chunks, has no end")
    if "without sending" in message or "peer closed connection" in message:
        return Failure(FailureKind.CUT_OFF, message)
    return Failure(FailureKind.PROTOCOL, f"not HTTP/1.1: {message}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and its causes; of an exception group, each member."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        todo.append(current.__cause__ or current.__context__)
        if isinstance(current, BaseExceptionGroup):
            todo.extend(current.exceptions)
