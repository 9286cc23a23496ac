"""Service figures follow OpenTelemetry's definitions, and agree with a server of known latencies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest

from conformance.reference.serve import ReferenceServer
from conformance.service import service_figures
from conformance.service.figures import DURATION, FIRST_CHUNK, FIRST_TOKEN, PER_CHUNK, PER_TOKEN, RATE, percentile
from conformance.wire import Attempt, Event, Exchange, Failure, FailureKind, HttpClient, Request, Timing

URL = "http://h/v1/chat/completions"
SSE = (("content-type", "text/event-stream"),)


def delta(**fields) -> dict:
    return {"choices": [{"index": 0, "delta": fields}]}


def stream(*events: tuple[float, dict | str], body: dict | None = None, url: str = URL, **more) -> Exchange:
    """A stream whose events arrived at these milliseconds."""
    decoded = tuple(
        Event(data if isinstance(data, str) else json.dumps(data), at_ms=at_ms, lines=()) for at_ms, data in events
    )
    last = events[-1][0] if events else None
    request = Request("POST", url, body=json.dumps(body or {}).encode())
    return Exchange("x", request, status=200, headers=SSE, timing=Timing(1, 1, last), events=decoded, **more)


def plain(usage: dict, ms: float = 100, status: int = 200, **more) -> Exchange:
    body = json.dumps({"usage": usage}).encode()
    return Exchange("x", Request("POST", URL), status=status, body=body, timing=Timing(1, 1, ms), **more)


def test_an_empty_first_chunk_is_a_chunk_and_no_token() -> None:
    """The chunk with only the role arrives at once; the first token is the first output."""
    found = service_figures(
        [
            stream(
                (100, delta(role="assistant", content="")),
                (400, delta(content="a")),
                (450, delta(content="b")),
                (500, delta(content="c")),
                (510, {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}),
                (511, "[DONE]"),
            )
        ],
        1.0,
        2.0,
    )
    median = {name: each.p50 for name, each in found.metrics.items()}
    assert median[FIRST_CHUNK] == pytest.approx(0.1)
    assert median[FIRST_TOKEN] == pytest.approx(0.4)
    assert median[DURATION] == pytest.approx(0.511)
    assert median[PER_TOKEN] == pytest.approx(0.1 / 4), "four tokens after the first in 100 ms, by the reported usage"
    assert median[RATE] == pytest.approx(40)
    assert median[PER_CHUNK] == pytest.approx(0.05)
    assert found.metrics[PER_CHUNK].count == 4, "`[DONE]` is no chunk"
    assert (found.input_tokens, found.output_tokens) == (7, 5)
    assert found.cost == pytest.approx(17 / 1_000_000)


@pytest.mark.parametrize(
    "event",
    [
        delta(reasoning_content="hm"),
        delta(reasoning="hm"),
        delta(refusal="no"),
        delta(tool_calls=[{"index": 0, "function": {"name": "f"}}]),
        {"choices": [{"text": "a"}]},
        {"type": "response.output_text.delta", "delta": "a"},
        {"type": "response.function_call_arguments.delta", "delta": "{"},
    ],
)
def test_every_kind_of_output_is_a_token(event: dict) -> None:
    """Text, reasoning, a refusal or a tool call: whatever the model generates."""
    found = service_figures([stream((10, delta(role="assistant")), (30, event))])
    assert found.metrics[FIRST_TOKEN].p50 == pytest.approx(0.03)


@pytest.mark.parametrize("event", [delta(role="assistant"), delta(content=""), delta(content=None), {"choices": []}])
def test_a_stream_without_output_has_no_first_token(event: dict) -> None:
    """It still has a first chunk."""
    found = service_figures([stream((10, event))])
    assert FIRST_TOKEN not in found.metrics
    assert found.metrics[FIRST_CHUNK].count == 1


def test_hidden_reasoning_does_not_make_a_target_look_faster() -> None:
    """100 hidden tokens came before the first visible one."""
    usage = {"completion_tokens": 103, "completion_tokens_details": {"reasoning_tokens": 100}}
    events = ((500, delta(content="a")), (600, delta(content="b")), (700, delta(content="c")), (701, {"usage": usage}))
    assert service_figures([stream(*events)]).metrics[PER_TOKEN].p50 == pytest.approx(0.1)


def test_several_choices_say_nothing_about_the_time_per_token() -> None:
    """Their tokens arrive at the same time."""
    found = service_figures([stream((1, delta(content="a")), (2, delta(content="b")), body={"n": 2})])
    assert PER_TOKEN not in found.metrics


def test_errors_are_those_of_the_service() -> None:
    """A rejected request is judged elsewhere; a server error, a 429 and a lost connection count."""
    lost = Failure(FailureKind.CUT_OFF, "gone")
    found = service_figures(
        [
            plain({}, status=400),
            plain({}, status=500),
            plain({}, failure=lost),
            plain(
                {"prompt_tokens": 3, "completion_tokens": 2},
                attempts=(Attempt(429, None, 1.0), Attempt(None, lost, 1.0)),
            ),
            Exchange("x", Request("GET", "http://h/v1/models"), status=503),
        ]
    )
    assert found.errors == {"429": 1, "500": 1, "cut-off": 2}
    assert (found.requests, found.generations, found.rate_limited, found.retries) == (6, 1, 1, 2)
    assert found.cost is None


def test_a_percentile_needs_enough_values() -> None:
    """The 99th of ten values would be the largest."""
    few, many = (service_figures([plain({}, ms) for ms in range(1, number + 1)]) for number in (10, 101))
    assert few.metrics[DURATION].p95 is None
    assert few.metrics[DURATION].p50 == pytest.approx(0.0055)
    assert many.metrics[DURATION].p99 == pytest.approx(0.1)
    assert percentile([1.0], 99) == 1.0


def test_nothing_measured() -> None:
    """Reports of a run without generations still have the section."""
    assert service_figures([]).to_dict()["metrics"] == {}


LATENCY_S, TOKEN_S = 1.5, 0.4  # long, so that 5 % is more than what a busy machine adds


async def _asked(url: str, count: int) -> Sequence[Exchange]:
    body = {
        "model": "reference-1",
        "messages": [{"role": "user", "content": "Count from one to twenty in words."}],
        "max_tokens": 5,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    headers = (("authorization", "Bearer sk-reference"), ("content-type", "application/json"))
    request = Request("POST", f"{url}/chat/completions", headers, json.dumps(body).encode())
    async with HttpClient(concurrency=count) as client:
        return await asyncio.gather(*(client.send(request, exchange_id=f"x{number}") for number in range(count)))


def test_the_medians_of_a_server_with_fixed_latencies() -> None:
    """The reference endpoint waits 1.5 s before its first chunk, and 0.4 s after each."""
    with ReferenceServer(latency_s=LATENCY_S, token_latency_s=TOKEN_S) as server:
        asyncio.run(_asked(server.url, 1))  # the first request imports modules
        found = service_figures(asyncio.run(_asked(server.url, 5)))
    expected = {FIRST_CHUNK: LATENCY_S, FIRST_TOKEN: LATENCY_S + TOKEN_S, PER_TOKEN: TOKEN_S, PER_CHUNK: TOKEN_S}
    for name, seconds in expected.items():
        assert found.metrics[name].p50 == pytest.approx(seconds, abs=max(0.005, 0.05 * seconds)), name
    assert found.metrics[RATE].p50 == pytest.approx(1 / TOKEN_S, rel=0.06)


def test_a_count_that_no_model_can_reach_is_no_count() -> None:
    """Sums and prices stay numbers, whatever a target reports."""
    found = service_figures([plain({"prompt_tokens": 10**400, "completion_tokens": 10**400})], 1.0, 2.0)
    assert (found.input_tokens, found.output_tokens, found.cost) == (0, 0, 0)
