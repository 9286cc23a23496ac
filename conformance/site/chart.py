"""Draws the number of broken requirements over time: as bars of text, and as an SVG image."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from conformance.store.history import NightlyCount
from conformance.store.history_text import sparkline_text

_WIDTH, _HEIGHT, _MARGIN = 720, 120, 6
_MOST_POINTS = 240


def bars(nights: Sequence[NightlyCount], most: int = 12) -> str:
    """Return the numbers of broken requirements as a text chart of at most `most` bars, the latest night last."""
    return sparkline_text([each.broken for each in thinned(nights, most)])


def chart(nights: Sequence[NightlyCount]) -> Markup:
    """Return the counts as a line in an SVG image, whose label says the first and the last count."""
    shown = thinned(nights, _MOST_POINTS)
    highest = max((each.broken for each in shown), default=0) or 1
    first, last = shown[0].day.toordinal(), max(shown[-1].day.toordinal(), shown[0].day.toordinal() + 1)
    points = " ".join(
        f"{_MARGIN + (_WIDTH - 2 * _MARGIN) * (each.day.toordinal() - first) / (last - first):.0f},"
        f"{_HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * each.broken / highest:.0f}"
        for each in shown
    )
    x, y = points.rpartition(" ")[2].split(",")
    label = f"Broken requirements: {shown[0].broken} on {shown[0].day}, {shown[-1].broken} on {shown[-1].day}."
    return Markup(
        '<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{label}"><title>{label}</title>'
        '<polyline points="{points}"/><circle cx="{x}" cy="{y}" r="4"/></svg>'
    ).format(width=_WIDTH, height=_HEIGHT, label=label, points=points, x=x, y=y)


def thinned(nights: Sequence[NightlyCount], most: int) -> list[NightlyCount]:
    """Return at most `most` of the nightly counts, evenly spaced; the first and the last count are always included."""
    if len(nights) <= most:
        return list(nights)
    return [nights[round(at * (len(nights) - 1) / (most - 1))] for at in range(most)]
