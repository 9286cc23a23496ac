"""How well findings are grouped into causes for faults that no rule was written for: the composed ones, alone and in sets.

    python -m benchmarks.composed_causes --runs FOLDER [--count 90] [--sets 20]

A run that FOLDER does not have is made and kept there. A fault that breaks no requirement is not counted.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

from benchmarks.cause_runs import Names, file_of
from benchmarks.causes import SIZE, Seen, details, judge, report, seen_in
from benchmarks.composed import SEED, Composed, compose
from conformance.auditing.runner import audit
from conformance.config import Pace, Target, load_profile
from conformance.reference import Endpoint
from conformance.reference.serve import ReferenceServer


@cache
def _known(count: int, seed: str) -> dict[str, Composed]:
    return {_label(fault.name): fault for fault in compose(count, seed)}


def _label(name: str) -> str:
    return re.sub(r"[^\w.:-]", "", name.replace(".*.", "."))


def _record(folder: Path, count: int, seed: str, names: Names) -> Path:
    kept = file_of(folder, names)
    endpoint = Endpoint(replaced=[_known(count, seed)[name].part for name in names])
    with ReferenceServer(endpoint) as server, tempfile.TemporaryDirectory() as made:
        target = Target(
            url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1", pace=Pace(concurrency=4)
        )  # fmt: skip
        audit(target, Path(made))
        partial_file = kept.with_suffix(f".{os.getpid()}")
        with (Path(made) / "run.ndjson").open("rb") as plain, gzip.open(partial_file, "wb", 4) as packed:
            shutil.copyfileobj(plain, packed)
    partial_file.rename(kept)
    return kept


def record(folder: Path, count: int, seed: str, combinations: Sequence[Names], workers: int) -> None:
    """Audit what is not kept yet."""
    missing = [names for names in combinations if not file_of(folder, names).is_file()]
    folder.mkdir(parents=True, exist_ok=True)
    if not missing:
        return
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(workers, context, partial(logging.disable, logging.CRITICAL)) as pool:
        for _ in pool.map(partial(_record, folder, count, seed), missing):
            pass


def main() -> int:
    """Record what is missing, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.composed_causes", description=__doc__)
    parser.add_argument("--runs", type=Path, required=True, metavar="FOLDER", help="where runs are kept")
    parser.add_argument("--count", type=int, default=90)
    parser.add_argument("--seed", default=SEED)
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--details", action="store_true", help="print what is not one cause")
    options = parser.parse_args()
    faults = _known(options.count, options.seed)
    record(options.runs, options.count, options.seed, [(name,) for name in faults], options.workers)
    alone = {name: seen_in(options.runs, (name,)) for name in faults}
    sets = sets_of(options.sets, [name for name in faults if alone[name].broken])
    record(options.runs, options.count, options.seed, sets, options.workers)
    singles = [alone[name] for name in faults]
    judged = [judge(seen_in(options.runs, names), alone) for names in sets]
    if options.details:
        sys.stdout.writelines(details(singles, judged))
    named = [seen for seen in singles if seen.broken]
    shown = sum(_named(faults[seen.names[0]], seen) for seen in named)
    text, met = report(singles, judged)
    sys.stdout.write(
        f"{len(named)} of {len(faults)} faults break a requirement; {shown} first titles name the fault\n{text}"
    )
    return 0 if met else 1


def _named(fault: Composed, seen: Seen) -> bool:
    """Whether the title of the first cause has the field, status, event or parameter that was changed."""
    return fault.subject in seen.causes[0].title


def sets_of(count: int, among: Sequence[str]) -> list[Names]:
    """So many sets of faults, each in another object, event, status or parameter."""
    chosen = []
    for number in range(count):
        rng = random.Random(f"{SEED} {number}")  # noqa: S311 - repeatable, no secret
        by_place = {name.split(":")[1]: name for name in rng.sample(list(among), len(among))}
        chosen.append(tuple(sorted(rng.sample(sorted(by_place.values()), SIZE))))
    return chosen


if __name__ == "__main__":
    sys.exit(main())
