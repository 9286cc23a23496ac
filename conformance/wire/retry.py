"""Decides whether a failed request is retried, and after how many seconds.

The module `retry` only calculates waiting times; the HTTP client waits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from conformance.wire.exchange import Failure, FailureKind

BUSY = frozenset({429, 503})
"""The only statuses that are tried again: both mean "later" and promise that nothing was done."""

MISREAD = frozenset({400, 405, 414, 431, 501, 505})
"""Statuses with which an HTTP server answers bytes that it cannot read as a request."""

LOST = frozenset({FailureKind.DNS, FailureKind.CONNECT, FailureKind.TIMEOUT_CONNECT, FailureKind.CUT_OFF})
"""Failures that are tried again if no response head arrived. TLS is excluded, because a wrong certificate stays wrong."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long the suite retries requests.

    Unless the target is busy, a request is sent at most `max_attempts` times. No wait is longer than `max_wait_s`
    seconds. If the target is busy, a request may be sent more than `max_attempts` times. The client gives up when it
    would have to wait for more than `patience_s` seconds in total. If the server specifies no waiting time, the client
    waits `backoff_s` seconds and doubles the time after each try. If a server asks for a wait longer than `max_wait_s`,
    the request is not retried.
    """

    max_attempts: int = 3
    max_wait_s: float = 20.0
    backoff_s: float = 0.5
    patience_s: float = 20.0

    def decide(
        self,
        attempt: int,
        status: int | None,
        failure: Failure | None,
        headers: Iterable[tuple[str, str]] = (),
        now: datetime | None = None,
        *,
        waited: float | None = None,
    ) -> float | None:
        """Return the seconds to wait before the next try, or None if the request is not retried.

        `attempt` is the number of the finished try, starting at 1; `headers` have lower-case names; `now` is needed to
        evaluate a `Retry-After` date. `waited` is the total of all waits for this request so far; if it is None,
        `patience_s` is ignored.
        """
        patient = waited is not None and failure is None
        if not _may_try_again(status, failure) or (attempt >= self.max_attempts and not patient):
            return None
        fields: dict[str, str] = {}
        for name, value in headers:
            fields.setdefault(name, value)  # the first of each name counts
        if fields.get("x-should-retry", "").strip().lower() == "false":  # said to, and obeyed by, the official clients
            return None
        asked = asked_wait(fields, now or datetime.now(UTC))
        own = min(self.backoff_s * 2.0 ** (attempt - 1), self.max_wait_s)
        wait_s = own if asked is None else asked
        if attempt >= self.max_attempts:
            wait_s = max(wait_s, own)  # a server that always says "at once" would be asked for ever
        in_time = attempt < self.max_attempts or (waited or 0.0) + wait_s <= self.patience_s
        return wait_s if in_time and wait_s <= self.max_wait_s else None


NO_RETRY = RetryPolicy(max_attempts=1, patience_s=0.0)
"""For probes that need to see the 429 itself."""


def _may_try_again(status: int | None, failure: Failure | None) -> bool:
    if failure is not None:
        return status is None and failure.kind in LOST
    return status in BUSY


def is_misread(status: int | None, headers: Iterable[tuple[str, str]]) -> bool:
    """Return whether a response looks like an HTTP server's complaint about bytes that it cannot parse as a request.

    The response of a server that misread a request has a status in `MISREAD` and the header `connection: close`, and is
    not JSON.
    """
    if status not in MISREAD:
        return False
    fields = {name: value.lower() for name, value in headers}
    return fields.get("connection") == "close" and "json" not in fields.get("content-type", "")


def asked_wait(headers: dict[str, str], now: datetime) -> float | None:
    """Return how many seconds a response asks the client to wait: by `retry-after-ms`, or else by `retry-after`.

    `retry-after` may be a number of seconds or an HTTP date. Returns None if the response has no valid waiting time;
    any other result is at least 0.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "").strip()
    seconds = _number(value)
    return seconds if seconds is not None else _until(value, now)


def _number(text: str) -> float | None:
    """Return a non-negative decimal number, or None for anything else that `float` accepts (`inf`, `1_0`, `-1`)."""
    text = text.strip()
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _until(text: str, now: datetime) -> float | None:
    try:
        when = parsedate_to_datetime(text)
        if when.tzinfo is None:  # "-0000": UTC, source unknown
            when = when.replace(tzinfo=UTC)
        return max(0.0, (when - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
