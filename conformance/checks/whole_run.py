"""Judges facts that only many exchanges of a run show together: ids that repeat, and times far from the clock.

A judge gets one exchange at a time, and may remember what earlier exchanges showed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

from conformance.checks.crosstalk import ids_in
from conformance.checks.invariants.chat_response import EPOCH, heads
from conformance.checks.judgement import OK, Judgement, broken
from conformance.checks.language import Phrase
from conformance.reply.reading import Reading
from conformance.reply.views import ChatAnswer
from conformance.wire import Exchange

Tallied = Callable[[str, Callable[[Exchange], Iterator[Judgement]]], None]
"""A function that judges every exchange of the run, like an invariant."""

MOST_APART_S = 3600
"""The most seconds between `created` and the clock: clocks that nobody sets are minutes wrong, time zones are hours."""

_FROM_A_CACHE = ("age", "x-cache", "x-cache-status", "cf-cache-status")


def _prompt(exchange: Exchange) -> str:
    body = exchange.request.json
    return str(body.get("messages")) if isinstance(body, dict) else ""


def _is_whole(exchange: Exchange) -> bool:
    return exchange.failure is None and not exchange.stopped


class RepeatedIds:
    """Finds an `id` of a chat completion in the answer to a different prompt.

    Caches may repeat the completion of an equal prompt, with its `id`.
    """

    def __init__(self) -> None:
        """Begin without ids."""
        self._met: dict[str, tuple[str, str]] = {}

    def judge(self, exchange: Exchange) -> Iterator[Judgement]:
        """Compare the ids of one exchange with the ids of all earlier exchanges of the run."""
        answer = ChatAnswer.of(Reading(exchange))
        if answer is None or not _is_whole(exchange) or not (prompt := _prompt(exchange)):
            return
        others = bool(self._met)
        for name in ids_in(exchange)[:1]:
            first, asked = self._met.setdefault(name, (exchange.id, prompt))
            if asked != prompt:
                yield broken(
                    f"an id other than that in {first}, the answer to a different prompt",
                    got=name,
                    where="/id",
                    cause="an id repeats",
                )
            elif others:
                yield OK


def created_now(exchange: Exchange) -> Iterator[Judgement]:
    """Compare `created` in the body with the `Date` header of the same response."""
    answer = ChatAnswer.of(Reading(exchange))
    if answer is None or any(exchange.header(name) for name in _FROM_A_CACHE):
        return
    try:
        clock = parsedate_to_datetime(exchange.header("date") or "").timestamp()
    except ValueError:
        return
    for value, where in heads(answer, "created", int):
        if not isinstance(value, int) or isinstance(value, bool) or value not in EPOCH:
            continue  # not in seconds: see chat.response.created
        apart = value - clock
        good = abs(apart) <= MOST_APART_S
        side = "after" if apart > 0 else "before"
        yield (
            OK
            if good
            else broken(
                f"about {clock:.0f}, the time in the Date header",
                got=Phrase(f"{value}, {abs(apart) / 3600:.1f} hours {side} it"),
                where=where,
                cause="created far from the clock",
            )
        )
