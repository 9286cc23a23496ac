"""Writes the history of targets as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from conformance.report.safe_text import for_json_text, one_line
from conformance.store.history import OutcomeChange, SeriesHistory

_BARS = "▁▂▃▄▅▆▇█"
_NIGHTS = 40
_MOST = 12


def sparkline_text(numbers: Sequence[int]) -> str:
    """Return numbers as a row of bars, one for each number. The lowest bar character stands for 0."""
    highest = max(numbers, default=0) or 1
    return "".join(_BARS[round(number * (len(_BARS) - 1) / highest)] for number in numbers)


def trend_text(history: SeriesHistory | None) -> str:
    """Return bars that show how many requirements each of the latest audits found broken, and the number of audits."""
    if history is None or not history.nights:
        return "—"
    bars = sparkline_text([night.broken for night in history.nights[-_NIGHTS:]])
    return f"{bars} {len(history.nights)} audit{'' if len(history.nights) == 1 else 's'}"


def history_lines(histories: Sequence[SeriesHistory]) -> Iterator[str]:
    """Yield the history of each target: when it began to violate a requirement, and when it stopped."""
    for number, each in enumerate(histories):
        if number:
            yield ""
        yield from _series_lines(each)


def _series_lines(history: SeriesHistory) -> Iterator[str]:
    nights = history.nights
    name = one_line(" · ".join(filter(None, (history.target, history.variant))))
    audits = f"{history.audits} audit{'' if history.audits == 1 else 's'}"
    yield f"{name}: {audits}, the latest on {history.latest}{'' if history.judged else ', which judged nothing'}"
    if not nights:
        return
    yield f"  broken: {sparkline_text([night.broken for night in nights[-_NIGHTS:]])} {nights[-1].broken} on {nights[-1].day}"
    width = max((len(each) for each in history.changes), default=0)
    for requirement, changes in history.changes.items():
        said = ", ".join(_said(change) for change in changes)
        still = "; still broken" if changes[-1].after == "fail" else ""
        yield f"  {requirement.ljust(width)}  {changes[0].level:6}  {said}{still}"
    if not history.changes:
        yield "  no confirmed change"
    for change in history.pending:
        yield f"  {change.requirement} {change.before} → {change.after} on {change.day}: a second audit must confirm it"
    always = [each.requirement for each in history.always_broken]
    if always:
        more = f" and {len(always) - _MOST} more" if len(always) > _MOST else ""
        yield f"  broken in every audit: {', '.join(always[:_MOST])}{more}"


def _said(change: OutcomeChange) -> str:
    word = change.change if change.change != "changed" else f"{change.before} → {change.after}"
    suite = f" (suite {change.suite_change})" if change.suite_change else ""
    return f"{word} {change.day}{suite}"


def history_json(histories: Sequence[SeriesHistory]) -> str:
    """Return the history as JSON text."""
    data = [asdict(each) for each in histories]
    return for_json_text(json.dumps(data, ensure_ascii=False, indent=1, default=_text)) + "\n"


def _text(value: Any) -> str:
    return str(value)
