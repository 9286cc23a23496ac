"""Formats the service figures of a run as short texts, for reports, comparisons and `document.html`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.service import Distribution, ServiceFigures
from conformance.service.figures import DURATION, FIRST_CHUNK, FIRST_TOKEN, PER_CHUNK, PER_TOKEN, RATE

NAMES: Mapping[str, str] = {
    FIRST_TOKEN: "Time to first token",
    PER_TOKEN: "Time per output token",
    RATE: "Output tokens per second",
    FIRST_CHUNK: "Time to first chunk",
    PER_CHUNK: "Time between chunks",
    DURATION: "Duration of a request",
}
"""The name of each figure for readers, the most telling first."""


MOST_RATE = 10_000
LEAST_S = 0.0001
"""Beyond these bounds, a stream arrived at once, so the value says nothing about the model."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One row of a table of service figures. A percentile of too few values is "—"."""

    metric: str
    name: str
    p50: str
    p95: str
    p99: str
    count: int


def figure_rows(figures: ServiceFigures) -> list[FigureRow]:
    """Return one row of text for each figure that has a distribution, with its percentiles."""
    known = ((metric, name, figures.metrics[metric]) for metric, name in NAMES.items() if metric in figures.metrics)
    return [
        FigureRow(
            metric, name, amount(metric, found.p50), amount(metric, found.p95), amount(metric, found.p99), found.count
        )
        for metric, name, found in known
    ]


def amount(metric: str, value: float | None) -> str:
    """Return a value of a figure with its unit: `240 ms`, `1.3 s`, `25 /s`; `—` for None."""
    if value is None:
        return "—"
    if metric == RATE and value > MOST_RATE:
        return f"> {MOST_RATE:,} /s"
    if metric == RATE:
        return f"{value:,.0f} /s" if value >= 10 else f"{value:.1f} /s"
    if value < LEAST_S:
        return f"< {LEAST_S * 1_000:g} ms"
    return f"{value:.1f} s" if value >= 1 else f"{value * 1_000:.0f} ms" if value >= 0.01 else f"{value * 1_000:.1f} ms"


def median(figures: ServiceFigures, metric: str) -> str:
    """Return the median of a service figure as text, such as `240 ms`."""
    found: Distribution | None = figures.metrics.get(metric)
    return amount(metric, found.p50 if found else None)


def service_rows(services: Sequence[ServiceFigures]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the rows of a comparison: the name of a figure, and its value for each target."""
    rows = [
        (f"{name.lower()} (median)", tuple(median(each, metric) for each in services))
        for metric, name in NAMES.items()
        if metric in (FIRST_TOKEN, PER_TOKEN, RATE, DURATION)
    ]
    first = tuple(
        amount(FIRST_TOKEN, found.p95 if (found := each.metrics.get(FIRST_TOKEN)) else None) for each in services
    )
    return [
        rows[0],
        ("time to first token (p95)", first),
        *rows[1:],
        ("errors of the service", tuple(f"{sum(each.errors.values())} of {each.requests:,}" for each in services)),
        ("responses with 429, retries", tuple(f"{each.rate_limited}, {each.retries}" for each in services)),
        ("cost of the audit", tuple(cost_text(each.cost) for each in services)),
    ]


def errors_text(figures: ServiceFigures) -> str:
    """Return the errors of the service as text: `none of 320 requests`, `3 of 320 requests (500: 2, cut-off: 1)`."""
    total = sum(figures.errors.values())
    if not total:
        return f"none of {figures.requests:,} requests"
    kinds = ", ".join(f"{kind}: {number}" for kind, number in figures.errors.items())
    return f"{total:,} of {figures.requests:,} requests ({kinds})"


def cost_text(cost: float | None) -> str:
    """Return a cost with four significant digits; `—` if it is unknown."""
    return "—" if cost is None else f"{cost:,.4g}" if cost < 1_000 else f"{cost:,.0f}"
