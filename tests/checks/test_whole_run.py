"""Facts of a whole run: ids that repeat, `created` far from the clock, and what is lawful next to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from conformance.checks.judgement import Judgement, Unjudged
from conformance.checks.whole_run import ForeignWords, RepeatedIds, RepeatedUsage, ServedModels, created_now
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
    """A missing id is a separate requirement."""
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
    """A separate requirement judges the form."""
    assert not found(created_now, [answer("x1", "a", created=created)])


@pytest.mark.parametrize(
    "headers", [[("x-powered-by", "x")], [("date", "now")], [DATE, ("age", "86400")], [DATE, ("x-cache", "HIT")]]
)
def test_without_a_clock_or_from_a_cache_it_is_not_judged(headers: list[tuple[str, str]]) -> None:
    """The completion of a cache is as old as it says."""
    assert not found(created_now, [answer("x1", "a", "c", "Hello", 1_694_268_190, *headers)])


def test_a_word_of_another_prompt_is_found_anywhere_in_the_run() -> None:
    """Before any of the words was sent, an answer proves nothing."""
    run = [
        answer("x1", "Say hello.", text="Bravik"),
        answer("x2", "Repeat bravik.", text="Bravik"),
        answer("x3", "Say hello."),
        answer("x4", "Say hello.", text="Hello, BRAVIK!"),
    ]
    seen = found(ForeignWords(("bravik", "cordul")).judge, run)
    assert seen == {"x2": [], "x3": [], "x4": ['the word bravik: "hello, bravik!"']}


def counted(name: str, tokens: object, reason: str = "length", prompt: str = "a", text: str = "Once upon") -> Exchange:
    """A truncated completion with a token count."""
    whole = answer("xx", prompt, text=text)
    body = json.loads(whole.body)
    body["choices"][0]["finish_reason"] = reason
    body["usage"] = {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": 9}
    return replace(whole, id=name, body=json.dumps(body).encode())


def test_the_same_truncated_text_with_another_count_is_found() -> None:
    """One token more or less may be the end token."""
    run = [counted("x1", 8), counted("x2", 9), counted("x3", 5)]
    assert found(RepeatedUsage().judge, run) == {"x2": [], "x3": ["5"]}


@pytest.mark.parametrize(
    "other",
    [counted("x2", 5, "stop"), counted("x2", 5, prompt="b"), counted("x2", 5, text="It was"), counted("x2", "5")],
    ids=["ended", "other prompt", "other text", "no number"],
)
def test_what_may_differ_lawfully_is_not_judged(other: Exchange) -> None:
    """A model may think before an answer that it ends, and think differently the next time."""
    assert not found(RepeatedUsage().judge, [counted("x1", 8), other])


def served(name: str, asked: str, model: object) -> Exchange:
    """A completion of one model, requested under another name."""
    whole = answer(name, "a")
    request = {**whole.request.json, "model": asked}
    body = {**json.loads(whole.body), "model": model}
    return replace(
        whole, request=replace(whole.request, body=json.dumps(request).encode()), body=json.dumps(body).encode()
    )


@pytest.mark.parametrize(
    ("asked", "model"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06"),
        ("openai/GPT-4o", "gpt-4o"),
        ("smollm2-135m-instruct", "HuggingFaceTB/SmolLM2-135M-Instruct"),
        ("auto", "listed"),
        ("/srv/model.gguf", "/srv/model.gguf"),
        ("auto", "/srv/listed.gguf"),
        ("/srv/model", "/srv/model@main"),
    ],
)
def test_a_related_or_listed_model_is_right(asked: str, model: str) -> None:
    """A snapshot, a name with or without its owner, and a path that /models lists."""
    judge = ServedModels({"listed", "/srv/listed.gguf"}).judge
    assert found(judge, [served("x1", asked, model)]) == {"x1": []}


@pytest.mark.parametrize("model", ["/srv/models/m.gguf", "./m", "~/m", "C:\\models\\m", "../m"])
def test_a_path_on_disk_is_found(model: str) -> None:
    """Even if it contains the requested name."""
    assert found(ServedModels(()).judge, [served("x1", "m", model)]) == {"x1": [json.dumps(model)]}


def test_a_constant_is_found_once_two_models_get_it() -> None:
    """Alone it may be the name behind an alias."""
    judge = ServedModels(("one", "two")).judge
    first, again, other = (
        served(name, asked, "gpt-3.5") for name, asked in (("x1", "one"), ("x2", "one"), ("x3", "two"))
    )
    assert all(isinstance(each, Unjudged) for exchange in (first, again) for each in judge(exchange))
    assert found(judge, [other]) == {"x3": ["\"gpt-3.5\", as in x1, the answer to a request for 'one'"]}


@pytest.mark.parametrize("model", [None, "", 7])
def test_an_answer_without_a_model_is_not_judged(model: object) -> None:
    """A missing model is a separate requirement."""
    assert not found(ServedModels(()).judge, [served("x1", "m", model)])
