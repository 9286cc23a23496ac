"""The kill matrix: every mutant of the reference endpoint against every requirement. See `--help`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS

from .also import never_occurring, proposals
from .cells import Cell, run_all
from .declared import misdeclared, problems, unkilled, waiting
from .table import score_of, table


def whole(*, deep: bool = False, quick: bool = False, reached: bool = False, workers: int | None = None) -> list[Cell]:
    """The cells of the right endpoint and of every mutant alone."""
    combinations = [(), *((name,) for name in MUTANTS)]
    return list(run_all(combinations, deep=deep, quick=quick, reached=reached, workers=workers))


def all_problems(cells: Sequence[Cell]) -> list[str]:
    """Everything that is not as declared, for the whole matrix."""
    registry = load_registry()
    found = misdeclared(registry) + [problem for cell in cells for problem in problems(cell, registry)]
    found += never_occurring(cells)
    return found + [f"no mutant fails {name} as it declares" for name in unkilled(cells, registry)]


def with_kept(cells: Sequence[Cell], file: Path) -> list[Cell]:
    """The whole matrix: these cells, and the others as they were kept."""
    kept = {tuple(data["mutants"]): Cell.from_dict(data) for data in json.loads(file.read_text(encoding="utf-8"))}
    new = {cell.mutants: cell for cell in cells}
    return [new.get(names) or kept[names] for names in [(), *((name,) for name in MUTANTS)]]


def main() -> int:
    """The command line. Returns 0 when all is as declared, 1 when not, 2 for an unknown mutant."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.matrix", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these mutants only")
    parser.add_argument("--part", metavar="K/N", help="every Nth mutant, from the Kth on (K from 1)")
    parser.add_argument("--deep", action="store_true", help="judge every mutant at Telnyx's address, too")
    parser.add_argument("--quick", action="store_true", help="judge each mutant by what it declares only")
    parser.add_argument(
        "--reached", action="store_true", help="judge each mutant by what asks for code that it replaces; faster"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the published table (whole matrix only)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all outcomes")
    parser.add_argument(
        "--kept", type=Path, metavar="FILE", help="with --only: the other mutants as an earlier --json kept them"
    )
    parser.add_argument("--propose", action="store_true", help="print what also.yaml should say of these mutants")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core, and one)")
    options = parser.parse_args()
    if options.part:
        place, count = map(int, options.part.split("/"))
        options.only = sorted(MUTANTS)[place - 1 :: count]
    unknown = [name for name in options.only if name not in MUTANTS]
    if options.quick and options.reached:
        parser.error("--quick and --reached choose what judges: give one of them")
    if options.quick and options.propose:
        parser.error("--propose wants to know all that a mutant breaks: no --quick")
    if unknown or (options.only and options.write and not options.kept):
        reason = (
            f"no mutant is called {unknown[0]!r}" if unknown else "--write wants the whole matrix: no --only, or --kept"
        )
        sys.stderr.write(f"{parser.prog}: {reason}\n")
        return 2
    started = time.monotonic()
    registry = load_registry()
    if options.only:
        combinations = [(name,) for name in options.only]
        cells = list(
            run_all(
                combinations, deep=options.deep, quick=options.quick, reached=options.reached, workers=options.workers
            )
        )
        if options.kept:
            cells = with_kept(cells, options.kept)
            found = all_problems(cells)
        else:
            found = misdeclared(registry) + [problem for cell in cells for problem in problems(cell, registry)]
    else:
        cells = whole(deep=options.deep, quick=options.quick, reached=options.reached, workers=options.workers)
        found = all_problems(cells)
        for name, ids in waiting(registry).items():
            sys.stdout.write(f"{name}: waiting for {', '.join(ids)}\n")
    sys.stdout.write("".join(f"{line}\n" for line in found))
    if options.json:
        options.json.write_text(json.dumps([cell.to_dict() for cell in cells], indent=1), encoding="utf-8")
    if options.write:
        options.write.write_text(table(cells, registry, reached=options.reached), encoding="utf-8")
    if options.propose:
        sys.stdout.write(proposals(cells))
    score = score_of(cells, registry)
    seconds = time.monotonic() - started
    sys.stdout.write(
        f"{score.killed} of {score.mutants} mutants seen ({score.percent:.1f} %), {len(found)} problems, {seconds:.0f} s\n"
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
