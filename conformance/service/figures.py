"""Computes the service figures of a run from its recorded exchanges.

Names and definitions come from OpenTelemetry's semantic conventions for generative AI. docs/service.md explains what
each figure means, and what it does not show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from conformance.service.reading import TimedGeneration, generation_of, operation_of
from conformance.wire import Exchange

DURATION = "gen_ai.client.operation.duration"
FIRST_CHUNK = "gen_ai.client.operation.time_to_first_chunk"
PER_CHUNK = "gen_ai.client.operation.time_per_output_chunk"
FIRST_TOKEN = "gen_ai.server.time_to_first_token"  # noqa: S105 - the name of a metric
PER_TOKEN = "gen_ai.server.time_per_output_token"  # noqa: S105 - the name of a metric
RATE = "output_tokens_per_second"
UNITS: Mapping[str, str] = {
    DURATION: "s",
    FIRST_CHUNK: "s",
    FIRST_TOKEN: "s",
    PER_CHUNK: "s",
    PER_TOKEN: "s",
    RATE: "{token}/s",
}
"""The unit of each figure that has a distribution."""
LEAST = {95: 20, 99: 100}
"""How many values a percentile needs: with fewer, it would only be the largest value."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The distribution of one figure: number of values, and percentiles. A percentile of too few values is None."""

    count: int
    p50: float
    p95: float | None
    p99: float | None

    @classmethod
    def of(cls, values: Iterable[float]) -> Distribution | None:
        """Return the distribution of the values, None if there are none."""
        ordered = sorted(values)
        if not ordered:
            return None
        p95, p99 = (percentile(ordered, each) if len(ordered) >= least else None for each, least in LEAST.items())
        return cls(len(ordered), percentile(ordered, 50), p95, p99)


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """The service figures of one run.

    `metrics` has a distribution for each name in `UNITS` that has values. `requests` is the number of requests for
    generated output, including retries. `errors` has, for each `error.type` of OpenTelemetry, the number of requests
    without a usable response: server errors, 429, timeouts and lost connections. A rejected request does not count as
    an error of the service if the request was faulty on purpose. `rate_limited` counts responses with 429, and
    `retries` requests that were sent again. All numbers of tokens are those that the target reports. `cost` is None if
    no price is known.
    """

    requests: int = 0
    generations: int = 0
    metrics: Mapping[str, Distribution] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    rate_limited: int = 0
    retries: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the service figures as JSON data."""
        return {
            "requests": self.requests,
            "generations": self.generations,
            "metrics": {
                name: {"unit": UNITS[name], "count": each.count, "p50": each.p50, "p95": each.p95, "p99": each.p99}
                for name, each in self.metrics.items()
            },
            "errors": dict(self.errors),
            "rate_limited": self.rate_limited,
            "retries": self.retries,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost": self.cost,
        }


def service_figures(
    exchanges: Iterable[Exchange], price_in: float | None = None, price_out: float | None = None
) -> ServiceFigures:
    """Return the service figures of these exchanges; prices are for a million tokens."""
    asked = [exchange for exchange in exchanges if operation_of(exchange)]
    generations = [found for exchange in asked if (found := generation_of(exchange)) is not None]
    inputs = sum(each.input_tokens or 0 for each in generations)
    outputs = sum(each.output_tokens or 0 for each in generations)
    priced = price_in is not None or price_out is not None
    tries = [(attempt.status, attempt.failure) for exchange in asked for attempt in exchange.attempts]
    ends = [(exchange.status, exchange.failure) for exchange in asked]
    return ServiceFigures(
        requests=len(asked) + len(tries),
        generations=len(generations),
        metrics=_metrics(generations),
        errors=dict(sorted(Counter(filter(None, (_error(*each) for each in (*tries, *ends)))).items())),
        rate_limited=sum(status == 429 for status, _ in (*tries, *ends)),
        retries=len(tries),
        input_tokens=inputs,
        output_tokens=outputs,
        cost=(inputs * (price_in or 0.0) + outputs * (price_out or 0.0)) / 1_000_000 if priced else None,
    )


def _metrics(generations: Sequence[TimedGeneration]) -> dict[str, Distribution]:
    streams = [each for each in generations if each.chunks]
    per_token = [seconds for each in streams for seconds in _per_token(each)]
    values = {
        DURATION: [each.duration for each in generations if each.duration is not None],
        FIRST_CHUNK: [each.chunks[0] for each in streams],
        FIRST_TOKEN: [each.tokens[0] for each in streams if each.tokens],
        PER_CHUNK: [later - earlier for each in streams for earlier, later in pairwise(each.chunks)],
        PER_TOKEN: per_token,
        RATE: [1 / seconds for seconds in per_token if seconds > 0],
    }
    found = {name: Distribution.of(each) for name, each in values.items()}
    return {name: each for name, each in found.items() if each is not None}


def _per_token(stream: TimedGeneration) -> Iterator[float]:
    """Yield the seconds per token after the first one; nothing if the stream is too short to tell.

    Streams with several choices are left out: their tokens arrive at the same time.
    """
    if len(stream.tokens) < 2 or stream.choices > 1:
        return
    tokens = len(stream.tokens) if stream.output_tokens is None else stream.output_tokens - stream.hidden
    if tokens >= 2:
        yield (stream.tokens[-1] - stream.tokens[0]) / (tokens - 1)


def _error(status: int | None, failure: Any) -> str:
    """Return OpenTelemetry's `error.type` of a request; "" if it is no error of the service."""
    if failure is not None and (status is None or status == 200):
        return str(failure.kind)
    return str(status) if status is not None and (status >= 500 or status in (408, 429)) else ""


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return a percentile of sorted values, with linear interpolation between neighbours."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
