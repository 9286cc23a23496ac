"""The kill matrix: every mutant of the reference endpoint against every requirement.

    python -m tests.proof.matrix                 run it and print what is not as declared
    python -m tests.proof.matrix --write FILE    and write the table
    python -m tests.proof.matrix --only NAME …   these mutants only
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from conformance.contract import load_registry
from conformance.plugin.runner import audit
from conformance.reference.mutants import MUTANTS, endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.target import Target, load_profile
from conformance.verdict import Outcome, combine

PROFILES = ("openai", "telnyx")
KILLS = (Outcome.FAIL, Outcome.WARN)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run of one mutant (or several together) came to: outcome by requirement."""

    mutants: tuple[str, ...]
    outcomes: dict[str, str]
    details: dict[str, str]
    trouble: str = ""

    def with_outcome(self, *wanted: Outcome) -> set[str]:
        """The requirements with one of these outcomes."""
        return {name for name, outcome in self.outcomes.items() if outcome in wanted}

    @property
    def killed_by(self) -> set[str]:
        """The requirements that failed or warned."""
        return self.with_outcome(*KILLS)


def run(mutants: tuple[str, ...], only: Sequence[str] = (), concurrency: int = 8) -> Cell:
    """Audit the reference with these mutants under both contracts, and put the outcomes together."""
    outcomes: dict[str, str] = {}
    details: dict[str, str] = {}
    trouble = ""
    for profile_name in PROFILES:
        profile = load_profile(profile_name)
        own = only
        if profile_name == "telnyx":
            telnyx = [r.id for r in load_registry().values() if r.contract == "telnyx"]
            own = [name for name in telnyx if not only or name in only]
            if not own:
                continue
        with ReferenceServer(endpoint_with(*mutants)) as server, tempfile.TemporaryDirectory() as folder:
            url = server.telnyx_url if profile_name == "telnyx" else server.url
            target = Target(url=url, profile=profile, key=server.api_key, model="reference-1")
            audited = audit(target, Path(folder) / "run", only=own)
        trouble = trouble or audited.trouble or audited.unusable
        for name, verdict in combine(audited.verdicts).items():
            outcomes[name] = str(verdict.outcome)
            finding = f"{verdict.findings[0].expected} / {verdict.findings[0].observed}" if verdict.findings else ""
            details[name] = f"{verdict.detail} {finding}".strip()
    return Cell(mutants, outcomes, details, trouble)


def run_all(names: Iterable[tuple[str, ...]], workers: int | None = None) -> list[Cell]:
    """Every combination in its own run, spread over processes."""
    with ProcessPoolExecutor(workers or os.cpu_count() or 1) as pool:
        return list(pool.map(run, names))


def problems(cell: Cell) -> list[str]:
    """How one mutant's run departs from what the mutant declares; [] when it does as declared."""
    (name,) = cell.mutants
    mutant = MUTANTS[name]
    found = [f"{name}: {cell.trouble}"] if cell.trouble else []
    errors = cell.with_outcome(Outcome.ERROR)
    found += [f"{name}: error in {requirement}: {cell.details[requirement]}" for requirement in sorted(errors)]
    missed = mutant.breaks - cell.killed_by
    found += [f"{name}: not seen by {r} ({cell.outcomes.get(r, 'no such check')} {cell.details.get(r, '')})" for r in sorted(missed)]
    extra = cell.killed_by - mutant.breaks - mutant.also
    found += [f"{name}: also breaks {r}: {cell.details[r]}" for r in sorted(extra)]
    return found


def table(cells: Sequence[Cell]) -> str:
    """The matrix as Markdown: requirement → the mutants that fail it, and the score."""
    registry = load_registry()
    killers: dict[str, list[str]] = {requirement.id: [] for requirement in registry.values()}
    for cell in cells:
        for requirement in cell.killed_by:
            killers[requirement].append(cell.mutants[0])
    killed = sum(bool(cell.killed_by & MUTANTS[cell.mutants[0]].breaks) for cell in cells)
    lines = [
        "# Kill matrix",
        "",
        "Which mutant of the reference endpoint fails which requirement; made by `nox -s kill`.",
        "",
        f"- mutants: {len(cells)}, seen by a requirement they declare: {killed}"
        f" (mutation score {100 * killed / max(len(cells), 1):.1f} %)",
        f"- requirements: {len(killers)}, failed by at least one mutant: {sum(map(bool, killers.values()))}",
        "",
        "| requirement | level | mutants that break it |",
        "|---|---|---|",
    ]
    for requirement in registry.values():
        names = ", ".join(f"`{name}`" for name in sorted(killers[requirement.id]))
        lines.append(f"| {requirement.id} | {requirement.level} | {names or requirement.excluded or '—'} |")
    lines += ["", "| mutant | what is wrong | declared | real defects |", "|---|---|---|---|"]
    for cell in cells:
        mutant = MUTANTS[cell.mutants[0]]
        declared = ", ".join(sorted(mutant.breaks))
        source = ", ".join(filter(None, [*mutant.defects, mutant.source])) or "plausible, none filed"
        lines.append(f"| `{mutant.name}` | {mutant.summary} | {declared} | {source} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", type=Path, help="keep all outcomes here")
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    started = time.monotonic()
    cells = run_all([(name,) for name in MUTANTS if not options.only or name in options.only], options.workers)
    found = [problem for cell in cells for problem in problems(cell)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    if options.json:
        data = {cell.mutants[0]: {"outcomes": cell.outcomes, "details": cell.details} for cell in cells}
        options.json.write_text(json.dumps(data, indent=1), encoding="utf-8")
    if options.write:
        options.write.write_text(table(cells), encoding="utf-8")
    sys.stdout.write(f"{len(cells)} mutants in {time.monotonic() - started:.0f} s, {len(found)} problems\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
