"""Creates baselines, and updates them from later runs.

A baseline is a waivers file with the violations of complete runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.acceptance import Configuration, Gated, Origin, Status, Violation, Waiver, violations_of
from conformance.causes import find_causes
from conformance.report.safe_text import one_line
from conformance.verdict import ExitCode, Level, Outcome, Reason, combine, exit_code

if TYPE_CHECKING:
    from conformance.contract import Requirement
    from conformance.contract.editions import Edition
    from conformance.record import RedactedRun

_CUT = frozenset({Reason.BUDGET_EXHAUSTED, Reason.INTERRUPTED, Reason.TARGET_DIED})
_SEEN = (Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.UNSUPPORTED)
_OVERALL = (ExitCode.CONFORMS, ExitCode.BROKEN)
_LONG = 4  # items of a list that stand on a line each
HEAD = """\
# A baseline: the violations of this target that are known. `conformance baseline write` and `update` write this file.
# A run with --waivers and this file fails on what is not in it. Give an entry an owner and a last day by moving it to
# your own waivers file.
"""


def why_no_baseline(run: RedactedRun) -> str:
    """Return why a run cannot be a baseline, for example an interruption; "" if the run can be a baseline."""
    settings, verdicts = run.header.settings, combine(run.verdicts)
    cut = [name for name, verdict in verdicts.items() if verdict.reason in _CUT]
    trouble = (
        (run.interrupted or not run.complete, "it was interrupted or did not finish"),
        (run.ending is not None, f"it has no overall verdict: {run.ending.said.rstrip('.') if run.ending else ''}"),
        (bool(settings.get("case")), "it repeated one generated case"),
        ("recording" in settings, "it is of a foreign recording, which does not show all requirements"),
        (bool(cut), f"{len(cut)} requirements were not reached, {next(iter(cut), '')} for one"),
        (exit_code(verdicts.values()) not in _OVERALL, "too little could be judged, or the suite failed"),
    )
    return next((said for is_so, said in trouble if is_so), "")


def violations_in(
    runs: Iterable[RedactedRun], registry: Mapping[str, Requirement], edition: Edition
) -> dict[tuple[str, str], Violation]:
    """Return the violations of all runs, by requirement and symptom.

    A violation is left out if the requirement is newer than the edition.
    """
    found: dict[tuple[str, str], Violation] = {}
    for run in runs:
        verdicts = combine(run.verdicts)
        levels: dict[str, Level] = {name: verdict.level for name, verdict in verdicts.items()}
        order = {name: place for place, name in enumerate(registry)}
        causes = find_causes(verdicts.values(), registry, run.exchanges)
        for each in sorted(violations_of(causes, levels), key=lambda each: order.get(each.requirement, len(order))):
            if edition.has(each.requirement):
                found.setdefault((each.requirement, each.symptom), each)
    return found


def entry_of(violation: Violation) -> Waiver:
    """Return the baseline entry that accepts a violation."""
    reason = one_line(f"Known: {violation.title}", 200)
    return Waiver(id=violation.requirement, cause=violation.symptom, reason=reason, origin=Origin.BASELINE)


@dataclass(frozen=True, slots=True)
class BaselineUpdate:
    """The result of updating a baseline: kept, removed and added entries, and new violations that are left out."""

    kept: tuple[Waiver, ...]
    removed: tuple[Waiver, ...]
    added: tuple[Waiver, ...]
    left_out: tuple[Violation, ...]
    unjudged: tuple[str, ...]


def updated(
    waivers: Sequence[Waiver],
    gated: Sequence[Gated],
    violations: Mapping[tuple[str, str], Violation],
    unjudged: Iterable[str] = (),
    *,
    add: bool,
) -> BaselineUpdate:
    """Return which entries a waivers file keeps, loses and gets because of later runs.

    `gated` has the decision of a gate about each later run; this gate must use the waivers file that is to be changed.

    An entry of the waivers file is removed only if every run shows that its violation is fixed. New violations are
    added to the waivers file only if `add` is true. `unjudged` lists the requirements that neither the later runs nor
    the baseline's runs judged.
    """
    fixed = set.intersection(*(set(each.acceptance.fixed) for each in gated))
    new = [each for each in violations.values() if not any(waiver.covers(each) for waiver in waivers)]
    return BaselineUpdate(
        tuple(each for each in waivers if each not in fixed),
        tuple(each for each in waivers if each in fixed),
        tuple(map(entry_of, new)) if add else (),
        () if add else tuple(new),
        tuple(dict.fromkeys([*unjudged, *(() if add else _unseen(gated))])),
    )


def _unseen(gated: Sequence[Gated]) -> list[str]:
    """Return the broken requirements that the baseline could not judge: until they are added, they stay unjudged."""
    statuses = (each.acceptance.by_requirement for each in gated)
    return [name for found in statuses for name, status in found.items() if status is Status.UNSEEN]


def unjudged_in(runs: Iterable[RedactedRun]) -> tuple[str, ...]:
    """Return the requirements that none of the runs judged.

    If a later run finds a violation of an unjudged requirement, the violation is not necessarily new.
    """
    names: dict[str, bool] = {}
    for run in runs:
        for name, verdict in combine(run.verdicts).items():
            seen = verdict.outcome in _SEEN or bool(verdict.difference)
            names[name] = names.get(name, False) or seen
    return tuple(name for name, seen in names.items() if not seen)


@dataclass(frozen=True, slots=True)
class BaselineFile:
    """The content of a baseline file."""

    edition: str
    suite: str
    written: str
    runs: int
    configuration: Configuration
    waivers: tuple[Waiver, ...]
    unjudged: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the baseline as TOML text."""
        like = replace(self.configuration, only=tuple(sorted(self.configuration.only)))
        facts: dict[str, object] = {
            "suite": self.suite,
            "written": self.written,
            "runs": self.runs,
            "profile": like.profile,
            "model": like.model,
            "spec": like.spec,
            "only": list(like.only),
            "depth": like.depth,
            "seed": like.seed,
            "unjudged": sorted(self.unjudged),
        }
        lines = [HEAD, f"edition = {_toml(self.edition)}", "", "[baseline]"]
        lines += [f"{name} = {_toml(value)}" for name, value in facts.items() if value not in (None, "", [])]
        for waiver in self.waivers:
            lines += ["", *_table(waiver)]
        return "\n".join(lines) + "\n"


def _table(waiver: Waiver) -> list[str]:
    fields = ("id", "area", "cause", "reason", "owner", "link")
    lines = [f"{name} = {_toml(value)}" for name in fields if (value := getattr(waiver, name))]
    lines += [f"until = {waiver.until.isoformat()}"] if waiver.until else []
    lines += [f"origin = {_toml(str(waiver.origin))}"] if waiver.origin is not Origin.TEAM else []
    return ["[[waivers]]", *lines]


def _toml(value: object) -> str:
    """Return a text, a whole number or a list of texts as TOML."""
    if isinstance(value, list):
        items = [_toml(item) for item in value]
        return (
            f"[{', '.join(items)}]" if len(items) < _LONG else "[\n" + "".join(f"  {item},\n" for item in items) + "]"
        )
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in text) + '"'
