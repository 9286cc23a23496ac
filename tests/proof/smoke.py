"""Audits mutants with a bounded number of requests, and compares what is seen with what `worth.json` predicts.

python -m tests.proof.smoke --sample 30 --seed 1     smoke runs of 30 random mutants
python -m tests.proof.smoke --requests 100           runs with --max-requests 100 of all mutants
"""

from __future__ import annotations

import argparse
import gc
import logging
import multiprocessing
import random
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from conformance.auditing.runner import audit
from conformance.auditing.worth import best
from conformance.cli.run import reference_target
from conformance.config import Budget, Depth, Pace
from conformance.config.depth import SMOKE_REQUESTS
from conformance.record import read_run
from conformance.verdict import combine

from . import seen, worth
from .cells import is_broken


@dataclass(frozen=True, slots=True)
class Run:
    """What an audit of one mutant with few requests gave: how many it sent, and the requirements that it saw violated."""

    mutant: str
    requests: int
    judged: int
    broken: tuple[str, ...]


def run(mutant: str, requests: int, profile: str) -> Run:
    """Audit the reference endpoint with this mutant ("" for none)."""
    with reference_target(profile, [mutant] if mutant else []) as reference, tempfile.TemporaryDirectory() as folder:
        smoke = requests == SMOKE_REQUESTS
        target = replace(
            reference,
            model="reference-1",
            depth=Depth.SMOKE if smoke else Depth.QUICK,
            budget=Budget(None if smoke else requests),
            pace=Pace(4),
        )
        audited = audit(target, Path(folder))
        file = Path(folder) / "run.ndjson"
        footer = read_run(file).footer if file.exists() else None
    found = combine(audited.verdicts)
    broken = tuple(sorted(name for name, verdict in found.items() if is_broken(verdict)))
    return Run(mutant, int(footer.summary["requests"]) if footer else 0, len(found), broken)


def predicted(requests: int, profile: str) -> tuple[frozenset[str], frozenset[str]]:
    """The mutants that runs of the profile can show, and those of them that so many requests are predicted to show."""
    return worth.shown_by(profile, partial(best, requests=requests), seen.read().shows)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.smoke", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=SMOKE_REQUESTS, help="budget of each run (smoke)")
    parser.add_argument("--profile", default="openai")
    parser.add_argument("--sample", type=int, help="so many mutants, chosen at random (all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", help="these mutants")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(arguments)
    reach, expected = predicted(chosen.requests, chosen.profile)
    names = sorted(chosen.only or reach)
    if chosen.sample:
        names = sorted(random.Random(chosen.seed).sample(names, chosen.sample))  # noqa: S311 - a sample, no secret
    logging.disable(logging.CRITICAL)
    one = partial(run, requests=chosen.requests, profile=chosen.profile)
    right = one("")
    gc.freeze()
    with ProcessPoolExecutor(chosen.workers, multiprocessing.get_context("fork")) as pool:
        runs = list(pool.map(one, names))
    found = {each.mutant for each in runs if each.broken}
    missed = sorted(expected.intersection(names) - found)
    more = sorted(found - expected)
    say = sys.stdout.write
    say(f"right endpoint: {right.requests} requests, {right.judged} judged, broken: {right.broken}\n")
    say(f"{len(names)} of {len(reach)} mutants: {len(expected.intersection(names))} predicted, {len(found)} seen")
    say(f" ({len(found) / len(names):.1%}), at most {max(each.requests for each in runs)} requests\n")
    say(f"predicted and not seen: {', '.join(missed) or 'none'}\nseen and not predicted: {', '.join(more) or 'none'}\n")


if __name__ == "__main__":
    main()
