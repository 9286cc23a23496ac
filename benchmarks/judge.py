"""How fast recorded traffic is judged, and in how much memory.

    CONFORMANCE_SHARED=<folder with corpus/> python benchmarks/judge.py
    python benchmarks/judge.py FILE … [--repeat N]

Each file is judged N times, from the compressed bytes on disk to the verdicts. Prints exchanges a second of one core
(best and median of the rounds), and the peak resident memory after the first round and after the last: were anything
kept from one exchange to the next, the second would grow with the number of rounds.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import time
from pathlib import Path

from conformance.contract import load_registry
from conformance.judging.foreign import judge_file

FILES = ("openai.jsonl.gz", "vendors.jsonl.gz")


def peak_mib() -> float:
    """The most memory that this process has had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    files: list[Path] = options.files
    if not files:
        shared = os.environ.get("CONFORMANCE_SHARED")
        if not shared:
            parser.error("give recordings, or set CONFORMANCE_SHARED to the folder that holds corpus/")
        files = [Path(shared) / "corpus" / name for name in FILES]
    registry = load_registry()
    rates: list[float] = []
    first_peak = 0.0
    for _ in range(options.repeat):
        started = time.process_time()
        judged = 0
        for file in files:
            footer = judge_file(file, registry).footer
            judged += footer.summary["exchanges"] if footer is not None else 0
        rates.append(judged / (time.process_time() - started))
        first_peak = first_peak or peak_mib()
    size = sum(file.stat().st_size for file in files) / 1e6
    print(f"{judged} exchanges ({size:.1f} MB on disk), {options.repeat} rounds")  # noqa: T201 - a report
    print(f"{max(rates):.0f} exchanges/s at best, {statistics.median(rates):.0f} in the median")  # noqa: T201 - a report
    print(f"peak memory {first_peak:.0f} MiB after one round, {peak_mib():.0f} MiB after all")  # noqa: T201 - a report


if __name__ == "__main__":
    main()
