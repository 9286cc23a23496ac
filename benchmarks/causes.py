"""How well findings are grouped into causes: every mutant alone, and sets of nine mutants in one endpoint.

    python -m benchmarks.causes --runs FOLDER [--part 0.12] [--sets 20] [--write docs/causes.md]

A run that FOLDER does not have is made and kept there, so that causes can be measured again without an audit. The exit code
is 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cause_runs import Names, contract_of, kept_run, record, stratified
from conformance.causes import Cause, find_causes
from conformance.causes.sighting import sightings
from conformance.contract import load_features, load_registry
from conformance.reference.mutants import MUTANTS
from conformance.verdict import Outcome, combine

SIZE = 9
TOP = 5
SEED = "2026-11-30"


Shown = tuple[str, int, str]
"""A requirement, the status of the exchange that violates it, and the location without numbers."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The causes of one run, and the requirements that it breaks."""

    names: Names
    causes: tuple[Cause, ...]
    broken: frozenset[str]
    shows: frozenset[Shown]

    @property
    def musts(self) -> tuple[Cause, ...]:
        """The causes that break a MUST."""
        return tuple(cause for cause in self.causes if cause.outcome is Outcome.FAIL)


@dataclass(frozen=True, slots=True)
class Judged:
    """The causes of one set against what each mutant breaks alone."""

    seen: Seen
    faults: tuple[str, ...]
    pure: int
    mixed: tuple[Cause, ...]
    leading: frozenset[str]
    top: int


def seen_in(folder: Path, names: Names) -> Seen:
    """The causes of a run that is kept."""
    run = kept_run(folder, names)
    verdicts = combine(run.verdicts)
    seen = list(sightings(verdicts.values(), load_registry(), run.exchanges))
    shows = frozenset((each.id, each.status, re.sub(r"\d+", "*", each.finding.where)) for each in seen)
    causes = find_causes(verdicts.values(), load_registry(), run.exchanges)
    return Seen(names, causes, frozenset(each.id for each in seen), shows)


def names_fault(cause: Cause) -> bool:
    """Whether the title has the parameter or field at fault: one that the requirement, its feature or the place names.

    A requirement that names none is the title itself, an operation that is not answered is named by its path, and a
    WebSocket that breaks off has none.
    """
    if cause.title.startswith(("Not met: ", "`GET ", "`POST ")) or str(cause.symptom) == "crash:socket":
        return True
    registry, features = load_registry(), load_features()
    words: set[str] = {"body"} | {step for step in cause.finding.where.replace("/", " ").split() if not step.isdigit()}
    for name in cause.requirements:
        if name in registry:
            words |= {code.partition(":")[0] for code in registry[name].statement.split("`")[1::2]}
            feature = features.get(registry[name].feature or "")
            words |= {part for param in (feature.params if feature else ()) for part in (param, param.split(".")[-1])}
    return any(f"`{word}`" in cause.title for word in words if word) or cause.symptom.subject in cause.title


def judge(seen: Seen, alone: Mapping[str, Seen]) -> Judged:
    """Which mutant each cause is of.

    A mutant is a fault of the set if the set shows a finding that this mutant shows alone, and no other mutant of the set
    does: the same requirement, status and location. All others contradict another mutant, or are hidden by it.
    """

    def of(requirements: Sequence[str]) -> set[str]:
        owners = [{m for m in seen.names if r in alone[m].broken} for r in requirements]
        known = [each for each in owners if each]
        return set.intersection(*known) if known else set()

    def whose(cause: Cause) -> set[str]:
        return of([r for r in cause.requirements if of([r])][:1])

    def own(name: str) -> frozenset[Shown]:
        return alone[name].shows.difference(*(alone[other].shows for other in seen.names if other != name))

    faults = tuple(m for m in seen.names if own(m) & seen.shows)
    mixed = tuple(c for c in seen.causes if not of(c.requirements) and any(of([r]) for r in c.requirements))
    leading = frozenset(m for m in faults if any(m in whose(cause) for cause in seen.causes))
    return Judged(
        seen, faults, len(seen.causes) - len(mixed), mixed, leading, _different([whose(c) for c in seen.causes[:TOP]])
    )


def _different(owners: Sequence[set[str]]) -> int:
    """How many of these can be told to be of different mutants (the largest matching)."""
    taken: dict[str, int] = {}

    def place(number: int, tried: set[str]) -> bool:
        for name in owners[number] - tried:
            tried.add(name)
            if name not in taken or place(taken[name], tried):
                taken[name] = number
                return True
        return False

    return sum(place(number, set()) for number in range(len(owners)))


def sets_of(count: int, alone: Mapping[str, Seen]) -> list[Names]:
    """So many sets of mutants of OpenAI's contract that do not contradict each other.

    Mutants of one module may replace each other. Mutants that have a symptom in common are one cause by definition.
    """
    among = sorted(name for name in alone if contract_of((name,)) == "openai")
    chosen = []
    for number in range(count):
        rng = random.Random(hashlib.sha256(f"{SEED} {number}".encode()).digest())  # noqa: S311 - repeatable, no secret
        names: list[str] = []
        taken: set[str] = set()
        for name in rng.sample(among, len(among)):
            own = {MUTANTS[name].cls.__module__} | {str(cause.symptom) for cause in alone[name].causes}
            if len(names) < SIZE and not own & taken:
                names.append(name)
                taken |= own
        chosen.append(tuple(sorted(names)))
    return chosen


def report(singles: Sequence[Seen], sets: Sequence[Judged]) -> tuple[str, bool]:
    """The figures as a table, and whether every goal is met."""
    shown = [each for each in singles if each.broken]
    with_must = [each for each in shown if each.musts]
    one = sum(len(each.musts) <= 1 for each in with_must)
    titles = [names_fault(cause) for each in shown for cause in each.causes]
    rows = [
        ("single mutants with at most one MUST cause", f"{one} of {len(with_must)}", one >= 0.9 * len(with_must)),
        ("MUST causes of one mutant, at most", str(most := max((len(e.musts) for e in shown), default=0)), most <= 3),
        ("titles that name the parameter or field", f"{sum(titles)} of {len(titles)}", all(titles)),
    ]
    if sets:
        causes, faults = sum(len(each.seen.causes) for each in sets), sum(len(each.faults) for each in sets)
        pure, leading = sum(each.pure for each in sets), sum(len(each.leading) for each in sets)
        due = sum(min(TOP, len(each.faults)) for each in sets)
        top = sum(each.top for each in sets)
        rows += [
            (f"causes for each fault, in {len(sets)} sets", f"{causes / faults:.2f}", causes <= 1.3 * faults),
            ("causes with findings of one mutant", f"{pure} of {causes}", pure >= 0.95 * causes),
            ("mutants that lead a cause", f"{leading} of {faults}", leading == faults),
            ("different mutants in the first five causes", f"{top} of {due}", top == due),
        ]
    lines = ["| what | measured | goal met |", "|---|---|---|"]
    lines += [f"| {what} | {said} | {'yes' if met else 'no'} |" for what, said, met in rows]
    return "\n".join(lines) + "\n", all(met for *_, met in rows)


def main() -> int:
    """Record what is missing, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.causes", description=__doc__)
    parser.add_argument("--runs", type=Path, required=True, metavar="FOLDER", help="where runs are kept")
    parser.add_argument("--part", type=float, default=1.0, help="the share of mutants to measure (default: all)")
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kept", action="store_true", help="measure every mutant whose run is kept; audit none")
    parser.add_argument("--details", action="store_true", help="print what is not one cause")
    options = parser.parse_args()
    names = [name for (name,) in stratified(options.part)]
    if options.kept:
        names = [name for name in MUTANTS if (options.runs / f"{name}.ndjson.gz").is_file()]
    for _ in record(options.runs, [(name,) for name in names], options.workers):
        pass
    alone = {name: seen_in(options.runs, (name,)) for name in names}
    sets = sets_of(options.sets, alone)
    for _ in record(options.runs, sets, options.workers):
        pass
    judged = [judge(seen_in(options.runs, each), alone) for each in sets]
    if options.details:
        sys.stdout.writelines(details(list(alone.values()), judged))
    text, met = report(list(alone.values()), judged)
    sys.stdout.write(text)
    return 0 if met else 1


def details(singles: Sequence[Seen], sets: Sequence[Judged]) -> list[str]:
    """What is not one cause, as lines."""
    lines = []
    for each in singles:
        if len(each.causes) > 1:
            lines.append(f"{each.names[0]}: {len(each.musts)} MUST, {len(each.causes)} causes\n")
            lines += [
                f"    {c.outcome} {c.symptom} {c.requirements[:4]} @{c.finding.where} {c.exchange}\n"
                for c in each.causes
            ]
        lines += [f"    no name: {each.names[0]}: {c.title}\n" for c in each.causes if not names_fault(c)]
    for whole in sets:
        lines.append(
            f"{'+'.join(whole.seen.names)}: {len(whole.seen.causes)} causes, {len(whole.faults)} faults, top {whole.top}\n"
        )
        lines += [f"    mixed {c.symptom} {c.requirements}\n" for c in whole.mixed]
        lines += [f"    leads nothing: {name}\n" for name in set(whole.faults) - whole.leading]
    return lines


if __name__ == "__main__":
    sys.exit(main())
