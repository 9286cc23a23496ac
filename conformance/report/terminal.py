"""Prints the summary of a run in the terminal: details, then the result, the most important causes, and the report paths."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.causes import Cause
from conformance.report.gate_words import gate_lines, gate_sentence
from conformance.report.model import Area, ReportModel, broken_first
from conformance.report.rows import IGNORED
from conformance.report.safe_text import clip, for_terminal, one_line
from conformance.report.wording import (
    FACES,
    MEANINGS,
    REASONS,
    SEVEREST_FIRST,
    clients_text,
    count,
    duration,
    extent,
    incompleteness,
    last_requests,
    more_causes,
    sentence,
)
from conformance.verdict import MARKS, Outcome, State, counted

SCREEN = 40
"""Lines of the summary, on a terminal of 40 columns or more."""
_LEAST = 20
"""Lines of the summary on a very low terminal; a terminal of fewer than 41 lines is filled, so that the verdict stays on it."""
UNWRAPPED = 400
"""Columns without a terminal: logs wrap lines themselves, and searches need whole lines."""
_LABELLED = 100
"""Columns from which outcomes have their names next to their signs."""
_CAUSES = 3
_AREAS = 3
"""Lines that areas need at least: an empty one, one about all of them, and a legend."""
_QUIET = (Outcome.PASS, Outcome.NOT_APPLICABLE)
_UNJUDGED = (Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE)


def console() -> Console:
    """Return the console for the summary.

    The console is as wide as the terminal or as `COLUMNS` says; without both, it has `UNWRAPPED` columns.
    """
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return Console(file=sys.stdout)
    return Console(file=sys.stdout, width=UNWRAPPED)


def print_summary(
    model: ReportModel, console: Console, reports: Mapping[str, Path] | None = None, more: Sequence[str] = ()
) -> None:
    """Print the summary.

    The console determines colours, width and encoding; the library rich respects `NO_COLOR` and detects pipes.

    `reports` maps each format to the written file; `more` lists additional sentences to print with the details.
    """
    Screen(model, console).show(reports or {}, more)


@dataclass(frozen=True, slots=True)
class _Room:
    """How much the screen shows: lines of a note, lines about a gate of each kind, and lines of a text of a cause.

    With 0 lines of a text, a cause has its title, what it breaks and what was seen, each in one line.
    """

    notes: int
    gate: int
    lines: int


_ROOMS = (_Room(2, 3, 2), _Room(1, 2, 2), _Room(1, 1, 1), _Room(1, 0, 1), _Room(0, 0, 0))
"""From roomy to tight; the first with which the result fits on the screen is used."""


class Screen:
    """Prints the parts of one report on a console."""

    def __init__(self, model: ReportModel, console: Console) -> None:
        self._model = model
        self._console = console
        self._height = min(SCREEN, max(console.height - 1, _LEAST)) if console.is_terminal else SCREEN
        self._unicode = console.encoding.lower().replace("-", "").startswith("utf")

    def show(self, reports: Mapping[str, Path], more: Sequence[str]) -> None:
        """Print as many details as fit on the screen, then the result, the causes and the paths of the reports."""
        paths = self._reports(reports)
        notes = [*self._unjudged(), *self._differences(), *self._lines(more)]
        for room in _ROOMS:
            last = [part for part in (self._head(room), self._causes(room), paths) if part]
            left = self._height - sum(len(part) + 1 for part in last)
            if left >= len(notes) + bool(notes) + _AREAS:
                break
        notes = notes[: max(left - 1 - _AREAS, 0)]
        areas = self._areas(left - len(notes) - 1 - bool(notes))
        for part in (areas, notes, *last):
            if part:
                self._console.print()
            for line in part:  # a long path is broken by the terminal alone, so that it can be copied
                self._console.print(line, soft_wrap=part is paths, no_wrap=True, crop=part is not paths)

    def _text(self, text: str, style: str = "", limit: int = 600) -> Text:
        """Return text without markup, control characters, and characters that the console cannot encode."""
        encoding = "utf-8" if self._unicode else self._console.encoding
        return Text(for_terminal(one_line(text, limit), encoding), style)

    def _fit(self, text: Text, lines: int, indent: int = 0) -> list[Text]:
        """Return the text in at most this many lines of the console, with a hanging indent."""
        width = max(self._console.width - indent, 10)
        wrapped = list(text.wrap(self._console, width, overflow="fold"))
        if len(wrapped) > lines:
            wrapped = wrapped[:lines]
            wrapped[-1].rstrip()
            wrapped[-1].truncate(width - 1)
            wrapped[-1].append("…" if self._unicode else "~")
        for line in wrapped:
            line.rstrip()
        return [wrapped[0], *(Text(" " * indent) + line for line in wrapped[1:])] if wrapped else []

    def _lines(self, texts: Sequence[str], style: str = "", most: int = 1) -> list[Text]:
        return [line for text in texts for line in self._fit(self._text(text, style), most)]

    def _sign(self, outcome: Outcome) -> str:
        return MEANINGS[outcome].glyph if self._unicode else MEANINGS[outcome].sign

    def _head(self, room: _Room) -> list[Text]:
        model, summary = self._model, self._model.summary
        worst = next((outcome for outcome in SEVEREST_FIRST if summary.by_outcome[outcome]), Outcome.INCONCLUSIVE)
        if model.ending is not None and model.ending.leads:
            worst = Outcome.FAIL
        style = MEANINGS[worst].style if worst.severity >= Outcome.WARN.severity else "default"
        facts = [count(summary.requests, "request")]
        if summary.output_tokens is not None:
            facts.append(count(summary.output_tokens, "output token"))
        if summary.seconds is not None:
            facts.append(duration(summary.seconds))
        target = self._text(model.title, "bold", 200)
        if model.title != model.url:
            target.append("  ").append_text(self._text(model.url, "dim", 200))
        target.append("  ").append_text(self._text(model.model, "dim", 200))
        shown = 3 if room.notes else 0
        more = len(model.notes) - shown
        return [
            *self._fit(target, 1),
            *self._fit(self._text(sentence(model), f"bold {style}", 1_000), 5),
            *self._gate(room),
            *self._lines(last_requests(model), most=max(2 * room.lines, 1)),
            *self._lines([incompleteness(model)] if incompleteness(model) else [], "bold", 2),
            *self._lines(model.notes[:shown], "dim", room.notes),
            *self._lines([f"and {count(more, 'more note')} in the report"] if more > 0 else [], "dim"),
            *self._lines([", ".join(facts)], "dim"),
        ]

    def _gate(self, room: _Room) -> list[Text]:
        """Print what the gate says, and a few lines of each kind."""
        gated = self._model.gated
        if gated is None:
            return []
        style = "bold cyan" if gated.passes else "bold" if gated.informs else "bold red"
        lines = self._fit(self._text(gate_sentence(gated), style), 3)
        told = [f"  {word}: {line}" for word, line in gate_lines(gated, room.gate)] if room.gate else []
        return [*lines, *(line for each in told for line in self._fit(self._text(each), room.lines, 4))]

    def _causes(self, room: _Room) -> list[Text]:
        model, lines = self._model, []
        for place, cause in enumerate(model.causes[:_CAUSES], 1):
            lines += self._cause(place, cause, room)
        if more := more_causes(model, _CAUSES):
            lines += self._lines([f"and {more} in the report"], "dim")
        return lines

    def _cause(self, place: int, cause: Cause, room: _Room) -> list[Text]:
        """Print a cause in four to five lines: the fault, its extent, the evidence and the fix."""
        head = Text(f"{place}. ")
        head.append(f"{self._sign(cause.outcome)} {cause.level} ", MEANINGS[cause.outcome].style)
        head.append_text(self._text(cause.title, "bold"))
        if cause.silently_ignored:
            head.append(f" ({IGNORED})", "dim")
        breaks = " and ".join(filter(None, (extent(cause), clients_text(cause))))
        shown = f", in {cause.share}" if cause.exchanges > 1 else ""
        finding = cause.finding
        where = f"at {clip(finding.where, 120)}: " if finding.where else ""
        seen = f"{where}expected {clip(finding.expected, 200)}, got {clip(finding.observed, 300)}"
        rows = [("breaks", f"{breaks}{shown}", 1), ("seen", seen, max(room.lines, 1)), ("fix", cause.fix, room.lines)]
        lines = self._fit(head, 2 if room.lines else 1, 3)
        for name, said, most in rows:
            if said and most:
                label = Text(f"   {name:7}", "dim")
                first, *rest = self._fit(self._text(said), most if self._console.width >= 60 else 1, 10)
                lines += [label + first, *rest]
        return lines

    def _areas(self, room: int) -> list[Text]:
        """Print the areas with problems, the worst first, as far as they fit; all others share one line."""
        quiet = [area for area in self._model.areas if all(row.outcome in _QUIET for row in area.rows)]
        if len(quiet) == len(self._model.areas):
            return []
        unjudged = [area for area in self._model.areas if all(row.outcome in _UNJUDGED for row in area.rows)]
        unjudged = [area for area in unjudged if area not in quiet]
        folded = [*quiet, *unjudged]
        loud = sorted((area for area in self._model.areas if area not in folded), key=broken_first)
        room -= self._console.width < _LABELLED
        shown = loud if len(loud) + bool(folded) <= room else loud[: max(room - 1, 0)]
        width = max((len(area.name) for area in shown), default=0)
        lines = [self._area(area, width) for area in shown]
        narrow = self._console.width < _LABELLED and shown
        by = {outcome: sum(area.by_outcome[outcome] for area in shown) for outcome in Outcome}
        used = {each.state for each in counted(by)}
        named = [f"{self._sign(FACES[state].outcome)} {state}" for state in State if state in used]
        named += [f"{self._sign(outcome)} {words}" for outcome, words in MARKS.items() if by.get(outcome)]
        legend = [" ".join(named)] if narrow else []
        said = [f"and {count(len(loud) - len(shown), 'more area')}"] if len(shown) < len(loud) else []
        said += [f"everything passes in {count(len(quiet), 'area')}"] if quiet else []
        said += [f"nothing could be judged in {count(len(unjudged), 'area')}"] if unjudged else []
        return [*lines, *self._lines([*([", ".join(said)] if said else []), *legend], "dim")]

    def _area(self, area: Area, width: int) -> Text:
        line = self._text(area.name)
        line.pad_right(width + 1 - len(line))
        labelled = self._console.width >= _LABELLED
        for each in counted(area.by_outcome):
            face = FACES[each.state]
            line.append(f" {self._sign(face.outcome)} {each.number}{f' {each.state}' if labelled else ''}", face.style)
            marks = [
                f"{self._sign(o)} {number}{f' {MARKS[o]}' if labelled else ''}" for o, number in each.marked.items()
            ]
            if marks:
                line.append(f" ({', '.join(marks)})", MEANINGS[next(iter(each.marked))].style)
            line.append(" ")
        line.rstrip()
        return self._fit(line, 1)[0]

    def _unjudged(self) -> list[Text]:
        by_reason: dict[str, int] = {}
        for row in self._model.rows:
            if row.outcome is Outcome.INCONCLUSIVE:
                by_reason[str(row.reason)] = by_reason.get(str(row.reason), 0) + 1
        ordered = sorted(by_reason.items(), key=lambda item: -item[1])
        lines = self._lines(
            [f"Not judged: {number} {reason} ({REASONS.get(reason, '')})" for reason, number in ordered[:4]]
        )
        errors = [row for row in self._model.rows if row.outcome is Outcome.ERROR]
        sign = self._sign(Outcome.ERROR)
        return lines + self._lines([f"{sign} {row.requirement}: {row.verdict.detail}" for row in errors[:2]], "magenta")

    def _differences(self) -> list[Text]:
        number = len(self._model.differences)
        said = f"{count(number, 'documented difference')} in the profile {self._model.profile}: see the report"
        return self._lines([said] if number else [])

    def _reports(self, reports: Mapping[str, Path]) -> list[Text]:
        """Print the report to open, and the other files."""
        if not reports:
            return []
        best = reports.get("html") or next(iter(reports.values()))
        others = sorted(path.name for path in reports.values() if path != best and path.parent == best.parent)
        lines = [Text("report  ", "dim") + self._text(str(best), limit=4_000)]
        if others:
            lines += self._fit(Text("with    ", "dim") + self._text(", ".join(others), "dim"), 2, 8)
        return lines
