"""Invariants (checks of every exchange) about 429 responses: the response says when to retry.

A try that got a 429 is judged even if a later try of the same request succeeded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.reply import read_error
from conformance.reply.views import View
from conformance.wire import Exchange, Fact
from conformance.wire.retry import asked_wait

TURNED_AWAY = 429
_WAITS = ("retry-after", "retry-after-ms")
_RESETS = ("x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "x-ratelimit-reset")


def turned_away(exchange: Exchange) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the headers of every 429 response in an exchange, with their location.

    The responses to failed tries and the final response are all examined. A 429 response is left out if a retry cannot
    succeed: the account has no credit, or the response has `x-should-retry: false`.
    """
    if exchange.status == TURNED_AWAY:
        error = read_error(exchange)
        if "insufficient_quota" in (error.code, error.type):
            return
    met = [(f"try {number} ", each.status, each.headers) for number, each in enumerate(exchange.attempts, 1)]
    met.append(("", exchange.status, exchange.headers))
    for place, status, pairs in met:
        headers = dict(reversed(pairs))  # the first of each name
        # Without a single header it is a file of before they were kept.
        if status == TURNED_AWAY and headers and headers.get("x-should-retry", "").strip().lower() != "false":
            yield place, headers


@invariant("http.rate-limited.when", on=View, needs={Fact.HEADERS})
def says_when(view: View) -> Iterator[Judgement]:
    for place, headers in turned_away(view.exchange):
        told = any(headers.get(name) for name in (*_WAITS, *_RESETS))
        wanted = "retry-after, retry-after-ms or x-ratelimit-reset-*"
        yield (
            OK if told else broken(wanted, got=sorted(headers), where=f"{place}retry-after", cause="429 without when")
        )


@invariant("http.rate-limited.retry-after", on=View, needs={Fact.HEADERS})
def says_it_readably(view: View) -> Iterator[Judgement]:
    for place, headers in turned_away(view.exchange):
        for name in _WAITS:
            if name in headers:
                readable = asked_wait({name: headers[name]}, datetime.now(UTC)) is not None
                wanted = "seconds, or an HTTP date" if name == "retry-after" else "milliseconds"
                yield (
                    OK
                    if readable
                    else broken(wanted, got=headers[name], where=f"{place}{name}", cause=f"{name} of words")
                )
