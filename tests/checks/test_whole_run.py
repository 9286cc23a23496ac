"""Facts of a whole run: ids that repeat, `created` far from the clock, and what is lawful beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import pytest

from conformance.checks.judgement import Judgement, Unjudged
from conformance.checks.whole_run import RepeatedIds, created_now
from conformance.wire import Exchange, Request

URL = "https://api.example.com/v1/chat/completions"
NOW = 1_785_542_400
DATE = ("date", "Sat, 01 Aug 2026 00:00:00 GMT")
JSON = ("content-type", "application/json")


def answer(
    name: str, prompt: str, id: str = "c", text: str = "Hello", created: float = NOW, *headers: tuple[str, str]
) -> Exchange:
    """A completion in one piece."""
    asked = {"model": "m", "messages": [{"role": "user", "content": prompt}], "seed": len(name)}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = {"id": id, "object": "chat.completion", "created": created, "model": "m", "choices": [choice]}
    return Exchange(
        name,
        Request("POST", URL, (), json.dumps(asked).encode()),
        status=200,
        headers=(JSON, *(headers or (DATE,))),
        body=json.dumps(body).encode(),
    )


def found(judge: Callable[[Exchange], Iterable[Judgement]], exchanges: Iterable[Exchange]) -> dict[str, list[str]]:
    """What was found on each exchange that is judged: [] if it holds."""
    seen: dict[str, list[str]] = {}
    for each in exchanges:
        for judgement in judge(each):
            assert not isinstance(judgement, Unjudged)
            seen.setdefault(each.id, []).extend([] if judgement is None else [judgement.observed])
    return seen


def test_an_id_that_repeats_late_is_found() -> None:
    """The finding names the first answer with the id; the first of all answers proves nothing."""
    run = [answer(f"x{number}", f"prompt {number}", f"c{number % 3}") for number in range(4)]
    assert found(RepeatedIds().judge, run) == {"x1": [], "x2": [], "x3": ['"c0"']}


def test_a_cache_may_repeat_the_answer_to_an_equal_prompt() -> None:
    """Other parameters may differ: the cache may ignore them."""
    run = [answer("x1", "a", "c1"), answer("x02", "a", "c1"), answer("x3", "b", "c2")]
    assert found(RepeatedIds().judge, run) == {"x02": [], "x3": []}


@pytest.mark.parametrize("id", ["", None, 7])
def test_an_answer_without_an_id_is_not_judged(id: str) -> None:
    """A missing id is a requirement of its own."""
    assert not found(RepeatedIds().judge, [answer("x1", "a", id), answer("x2", "b", id)])


@pytest.mark.parametrize("created", [NOW, NOW - 3600, NOW + 3600])
def test_clocks_may_differ(created: int) -> None:
    """By an hour."""
    assert found(created_now, [answer("x1", "a", created=created)]) == {"x1": []}


@pytest.mark.parametrize(
    ("created", "observed"),
    [(NOW - 7200, "2.0 hours before it"), (NOW + 5400, "1.5 hours after it"), (1_694_268_190, "hours before it")],
)
def test_another_time_zone_or_a_constant_is_found(created: int, observed: str) -> None:
    """The finding says how far it is."""
    ((said,),) = found(created_now, [answer("x1", "a", created=created)]).values()
    assert said.endswith(observed)


@pytest.mark.parametrize("created", [0, NOW * 1000, NOW + 0.5, True])
def test_what_is_not_in_seconds_is_not_judged(created: float) -> None:
    """A requirement of its own judges the form."""
    assert not found(created_now, [answer("x1", "a", created=created)])


@pytest.mark.parametrize(
    "headers", [[("x-powered-by", "x")], [("date", "now")], [DATE, ("age", "86400")], [DATE, ("x-cache", "HIT")]]
)
def test_without_a_clock_or_from_a_cache_it_is_not_judged(headers: list[tuple[str, str]]) -> None:
    """The completion of a cache is as old as it says."""
    assert not found(created_now, [answer("x1", "a", "c", "Hello", 1_694_268_190, *headers)])
