"""Judges facts that become visible only across many exchanges of a run, such as repeated ids and wrong clock times.

A judge gets one exchange at a time, and may remember what earlier exchanges showed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from email.utils import parsedate_to_datetime

from conformance.api import operation_at
from conformance.checks.bodies import model_ids
from conformance.checks.crosstalk import ids_in, spoken
from conformance.checks.invariants.chat_response import EPOCH, heads
from conformance.checks.invariants.usage import is_count, usage_of
from conformance.checks.judgement import OK, Judgement, Unjudged, broken
from conformance.checks.language import Phrase, shown
from conformance.reply import NotAnswered
from conformance.reply.reading import Reading
from conformance.reply.views import AnyChatAnswer, ChatAnswer
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
    """Finds chat completions that have the same `id` although their prompts differ.

    If the prompts are equal, the same `id` is allowed, because a cache may return an earlier completion unchanged.
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


class ForeignWords:
    """Finds answers with a word that is only in the prompt of another request.

    The words are invented, so no model writes such a word unless its prompt contains the word.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """`words` appear in the prompts of different requests, one in each."""
        self._words = words
        self._sent: dict[str, str] = {}

    def judge(self, exchange: Exchange) -> Iterator[Judgement]:
        """Judge one exchange; exchanges that are not chat completions are not judged."""
        answer = ChatAnswer.of(Reading(exchange))
        if answer is None:
            return
        asked = exchange.request.body.decode("utf-8", errors="replace").lower()
        own = [word for word in self._words if word in asked]
        self._sent.update((word, exchange.id) for word in own)
        text = spoken(exchange) if exchange.events else " ".join(choice.text for choice in answer.choices)
        text = text.lower()
        foreign = next((word for word in self._sent if word not in own and word in text), None)
        if foreign is None:
            if self._sent:
                yield OK
            return
        at = max(0, text.index(foreign) - 40)
        yield broken(
            f"no word that only the prompt of {self._sent[foreign]} contains",
            got=Phrase(f"the word {foreign}: {shown(text[at : at + 120])}"),
            where="/choices/0/message/content",
            cause="cross-talk",
        )


class RepeatedUsage:
    """Finds equal requests with the same truncated text, but different token counts.

    The tokens of a truncated response, reasoning included, use up the token limit, so equal requests have equal token
    counts.
    """

    def __init__(self) -> None:
        """Begin without answers."""
        self._met: dict[tuple[bytes, str], tuple[str, int]] = {}

    def judge(self, exchange: Exchange) -> Iterator[Judgement]:
        """Compare the token count of one exchange with the token count of an earlier equal exchange."""
        answer = ChatAnswer.of(Reading(exchange))
        found = usage_of(answer) if answer is not None and _is_whole(exchange) else None
        if answer is None or found is None or any(choice.finish_reason != "length" for choice in answer.choices):
            return
        where, usage = found
        text, count = "\0".join(choice.text for choice in answer.choices), usage.get("completion_tokens")
        if not text.strip() or not is_count(count) or not isinstance(count, int):
            return
        first, before = self._met.setdefault((exchange.request.body, text), (exchange.id, count))
        if first != exchange.id:
            # A count may or may not include the end token.
            good = abs(count - before) <= 1
            expected = f"{before} tokens, as for the same text in {first}"
            yield OK if good else broken(expected, got=count, where=f"{where}/completion_tokens")


def listed_models(exchanges: Iterable[Exchange]) -> frozenset[str]:
    """Return the ids of the models that `GET /models` listed in a run."""
    found: set[str] = set()
    for exchange in exchanges:
        operation = operation_at(exchange.request.method, exchange.request.url.partition("?")[0])
        if operation is not None and operation.route == "models" and exchange.status == 200:
            try:
                found.update(name for name in model_ids(exchange) if isinstance(name, str))
            except NotAnswered:
                continue
    return frozenset(found)


_ON_DISK = re.compile(r"(/|\./|\.\./|~|[A-Za-z]:[\\/]|\\\\)")


class ServedModels:
    """Finds answers whose `model` is the path of a file, or is the same name for every requested model.

    A `model` that differs from the requested name is allowed, because the requested name can be an alias. The field
    `model` of a response is proven wrong if requests for two different models get the same value of `model`.
    """

    def __init__(self, listed: Collection[str]) -> None:
        """`listed` has the ids of the models that the target lists."""
        self._listed = listed
        self._answered: dict[str, tuple[str, str]] = {}

    def judge(self, exchange: Exchange) -> Iterator[Judgement]:
        """Compare the model of an answer with the model of its request."""
        answer = AnyChatAnswer.of(Reading(exchange))
        asked = answer.asked.get("model") if answer is not None else None
        name, where = (
            next(heads(ChatAnswer(answer.reading), "model", str), ("", "")) if answer is not None else ("", "")
        )
        if not isinstance(asked, str) or not asked or not isinstance(name, str) or not name:
            return
        if name == asked or name in self._listed:
            yield OK
        elif _ON_DISK.match(name) and not (_ON_DISK.match(asked) and related(name, asked)):
            yield broken(f"{asked!r}, or a name that /models lists", got=name, where=where, cause="model is a path")
        elif related(name, asked):
            yield OK
        else:
            first, wanted = self._answered.setdefault(name, (exchange.id, asked))
            if wanted == asked:
                yield Unjudged(f"{asked!r} may be an alias of {name!r}")
            else:
                yield broken(
                    f"{asked!r}, or a name that /models lists",
                    got=Phrase(f"{shown(name)}, as in {first}, the answer to a request for {wanted!r}"),
                    where=where,
                    cause="model is a constant",
                )


def related(name: str, asked: str) -> bool:
    """Return whether one model name contains the other, such as `gpt-4o` and `gpt-4o-2024-08-06`.

    Only letters and digits are compared, and case is ignored.
    """
    one, other = (re.sub(r"[^a-z0-9]", "", each.rpartition("/")[2].lower()) for each in (name, asked))
    return bool(one and other) and (one in other or other in one)
