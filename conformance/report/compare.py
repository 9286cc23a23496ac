"""Compares the runs of several targets: one row for each requirement, one column for each target.

A requirement that could not be judged for a target does not count as a failure of the target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.report.model import ReportModel
from conformance.report.rows import Row
from conformance.report.wording import MEANINGS, REASONS
from conformance.service import ServiceFigures
from conformance.verdict import Level, Outcome

JUDGED = (Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.UNSUPPORTED)
"""Outcomes that say something about the target. Targets differ only in these outcomes."""
NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True)
class ComparedTarget:
    """One target: its name, model and run. `folder` is the path to the report of the run; "" if the path is unknown."""

    name: str
    model: str
    url: str
    profile: str
    depth: str
    suite: str
    started: str
    folder: str
    counts: Counter[Outcome]
    service: ServiceFigures = field(default_factory=ServiceFigures)
    region: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetState:
    """The result of one requirement for one target. `outcome` is None if the run did not test the requirement."""

    outcome: Outcome | None = None
    why: str = ""
    exchange: str = ""

    @property
    def label(self) -> str:
        """The state with its mark, such as `breaks` or `passes (warned)`."""
        return MEANINGS[self.outcome].label if self.outcome else NOT_TESTED

    @property
    def glyph(self) -> str:
        """The symbol that the comparison of targets prints for the outcome."""
        return MEANINGS[self.outcome].glyph if self.outcome else " "


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement with its result for each target."""

    requirement: str
    area: str
    level: Level
    statement: str
    cells: tuple[TargetState, ...]

    @property
    def differs(self) -> bool:
        """Whether at least two targets have different outcomes for the requirement."""
        return len({cell.outcome for cell in self.cells if cell.outcome in JUDGED}) > 1

    @property
    def broken(self) -> int:
        """The number of targets that break the requirement."""
        return sum(cell.outcome is Outcome.FAIL for cell in self.cells)


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One area: for each target, the number of passed requirements and the number of judged requirements."""

    area: str
    passed: tuple[tuple[int, int], ...]

    @property
    def differs(self) -> bool:
        """Whether a target breaks a requirement in the area."""
        return any(good < all_ for good, all_ in self.passed)


@dataclass(frozen=True, slots=True)
class TargetComparison:
    """The results of several runs. `notes` says why the runs are not fully comparable."""

    columns: tuple[ComparedTarget, ...]
    lines: tuple[Line, ...]
    areas: tuple[AreaLine, ...]
    notes: tuple[str, ...]

    @property
    def differences(self) -> tuple[Line, ...]:
        """The requirements for which the targets differ: MUSTs first, and among them those that most targets break."""
        found = [line for line in self.lines if line.differs]
        return tuple(sorted(found, key=lambda line: (list(Level).index(line.level), -line.broken, line.requirement)))


def compare(models: Sequence[ReportModel], folders: Sequence[str] = ()) -> TargetComparison:
    """Return the comparison of the given runs, requirement by requirement.

    `folders` has the paths to the reports of the runs.
    """
    columns = tuple(_columns(models, folders))
    rows = [{row.requirement: row for row in model.rows} for model in models]
    known = {row.requirement: row for model in models for row in model.rows}
    lines = tuple(
        Line(name, row.area, row.level, row.statement, tuple(_cell(each.get(name)) for each in rows))
        for name, row in known.items()
    )
    return TargetComparison(columns, lines, tuple(_areas(lines)), tuple(_notes(columns)))


def _columns(models: Sequence[ReportModel], folders: Sequence[str]) -> Iterator[ComparedTarget]:
    """Yield the columns. Targets with the same name get the name of their model, and then a number."""
    titles = [model.url.partition("://")[2] if model.title == model.url else model.title for model in models]
    names = [
        f"{title} {model.model}".strip() if titles.count(title) > 1 else title
        for title, model in zip(titles, models, strict=True)
    ]
    for place, model in enumerate(models):
        same = names[:place].count(names[place])
        yield ComparedTarget(
            f"{names[place]} ({same + 1})" if same else names[place],
            model.model,
            model.url,
            model.profile,
            str(model.settings.get("depth") or ""),
            model.suite_version,
            model.started,
            folders[place] if place < len(folders) else "",
            Counter(row.outcome for row in model.rows),
            model.service,
            str(model.settings.get("region") or ""),
            tuple(str(each) for each in model.settings.get("labels") or ()),
        )


def _cell(row: Row | None) -> TargetState:
    if row is None:
        return TargetState()
    finding = next(iter(row.verdict.findings), None)
    if finding is None:
        return TargetState(row.outcome, REASONS[row.verdict.reason] if row.verdict.reason else "")
    return TargetState(row.outcome, f"expected {finding.expected}, got {finding.observed}", finding.exchange or "")


def _areas(lines: Sequence[Line]) -> Iterator[AreaLine]:
    for area in dict.fromkeys(line.area for line in lines):
        columns = zip(*(line.cells for line in lines if line.area == area), strict=True)
        outcomes = [[cell.outcome for cell in column] for column in columns]
        yield AreaLine(
            area,
            tuple(
                (
                    sum(each in (Outcome.PASS, Outcome.WARN) for each in column),
                    sum(each in (Outcome.PASS, Outcome.WARN, Outcome.FAIL) for each in column),
                )
                for column in outcomes
            ),
        )


def _notes(columns: Sequence[ComparedTarget]) -> Iterator[str]:
    for what, values in (
        ("depths", [column.depth for column in columns]),
        ("profiles", [column.profile for column in columns]),
        ("models", [column.model for column in columns]),
        ("versions of the suite", [column.suite for column in columns]),
    ):
        if len(set(values)) > 1:
            yield f"The runs have different {what}: {', '.join(sorted(value or 'unknown' for value in set(values)))}."
    tested = [sum(column.counts.values()) for column in columns]
    if len(set(tested)) > 1:
        said = ", ".join(f"{column.name}: {number}" for column, number in zip(columns, tested, strict=True))
        yield f"The runs tested different numbers of requirements ({said})."
