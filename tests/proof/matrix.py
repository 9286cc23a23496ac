"""The kill matrix: every mutant of the reference endpoint against every requirement, or what changed of it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS

from .also import never_occurring, proposals
from .base import code_at
from .cells import WORKERS, Task, run_all
from .combined import combinations
from .declared import misdeclared, problems, unseen
from .seen import FILE, Code, bounded, changed, read, write
from .table import table

PAGE = FILE.parents[2] / "docs" / "kill-matrix.md"
MOST = 12
"""How many mutants are judged by every requirement, but for the whole matrix: those that changed, then CI's sample."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 0 when all is as declared, 1 when not, 2 for an unknown mutant."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.matrix", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these mutants")
    which.add_argument("--changed", action="store_true", help=f"what changed since {FILE.name} was written")
    which.add_argument("--since", metavar="COMMIT", help="what changed since this commit, and a sample")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="with --since: another N, another sample")
    parser.add_argument(
        "--write", action="store_true", help=f"keep in {FILE.name} what the mutants that are as declared show"
    )
    parser.add_argument("--propose", action="store_true", help="print what also.yaml should say of the mutants judged")
    parser.add_argument("--workers", type=int, default=WORKERS, metavar="N", help="processes (one more than cores)")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.only if name not in MUTANTS]
    if unknown:
        parser.error(f"no mutant is called {unknown[0]!r}")
    if options.since and options.write:
        parser.error("--since judges a sample, which is not kept: use --changed with --write")
    started = time.monotonic()
    now, kept, registry = Code.now(), read(), load_registry()
    tasks: list[Task] = [((name,), None) for name in options.only or sorted(MUTANTS)]
    if not options.only:
        tasks += [(names, None) for names in combinations()]
    if options.changed:
        tasks = bounded(changed(kept.code, now), MOST)
    elif options.since:
        names = sorted(MUTANTS)
        base = code_at(options.since)
        if base is None:
            _say(f"the code of {options.since} cannot be read: compared with {FILE.name} instead")
        first = options.sample * MOST % len(names)
        tasks = bounded(changed(base or kept.code, now), MOST, (names + names)[first : first + MOST])
    cells = list(run_all(tasks, options.workers))
    judged = [(cell, problems(cell, registry)) for cell in cells]
    found = misdeclared(registry) + [problem for _, each in judged for problem in each]
    if options.write:
        seen = kept.with_cells([cell for cell, each in judged if not each], now)
        found += unseen(seen.shows, registry) + never_occurring({name: seen.shows[name] for name in seen.whole})
        write(seen)
        PAGE.write_text(table(seen, registry), encoding="utf-8")
    for line in found:
        _say(line)
    if options.propose:
        whole = [cell for cell in cells if len(cell.mutants) == 1 and cell.only is None]
        sys.stdout.write(proposals({cell.mutants[0]: sorted(cell.killed_by) for cell in whole}))
    full = sum(only is None for _, only in tasks)
    _say(
        f"{full} mutants judged by every requirement, {len(tasks) - full} by what they declare: "
        f"{len(found)} problems, {time.monotonic() - started:.0f} s"
    )
    return int(bool(found))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
