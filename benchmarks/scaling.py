"""How the cost of an audit and of judging grows: slopes on logarithmic scales, where 1 means that ten times as much costs ten times.

    python -m benchmarks.scaling [--largest 100000] [--judging-only]

Audits a tenth of the requirements, then all of them, and one target, then ten; judges a file of JSON lines of a thousandth,
a hundredth, a tenth of `largest` exchanges, and of all. Prints the seconds of the processor, the slope from the smallest to the
largest, and the peak memory of judging, each in a separate process. The exchanges are from one audit of the reference
endpoint, again and again.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.wall_time import slow_reference
from conformance.auditing.plan import plan
from conformance.auditing.runner import audit
from conformance.contract import load_registry
from conformance.record import iter_run
from conformance.wire import Exchange

JUDGE = """
import gc, resource, sys, time
from pathlib import Path
from conformance.contract import load_registry
from conformance.judging.foreign import judge_file
gc.set_threshold(50_000, 20, 100)  # as the command does
registry = load_registry()
judge_file(Path(sys.argv[2]), registry)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
run = judge_file(Path(sys.argv[1]), registry)
print(time.process_time() - began, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, run.footer.summary["exchanges"])
"""


def slope(points: Iterable[tuple[float, float]]) -> float:
    """The slope between the first and the last point on logarithmic scales."""
    (x1, y1), *_, (x2, y2) = points
    return math.log(y2 / y1) / math.log(x2 / x1)


def lines_of(exchange: Exchange) -> str:
    """An exchange as a line of a foreign recording."""
    return json.dumps(
        {
            "id": exchange.id,
            "method": exchange.request.method,
            "url_path": urlsplit(exchange.request.url).path,
            "url_query": urlsplit(exchange.request.url).query,
            "request_headers": dict(exchange.request.headers),
            "request_body": exchange.request.body.decode("utf-8", "replace"),
            "status": exchange.status,
            "response_headers": dict(exchange.headers),
            "response_body": exchange.body.decode("utf-8", "replace"),
        }
    )


def requirements(folder: Path) -> None:
    """The cost of a tenth of the requirements and of all of them; what a single one costs is no part of it."""
    with slow_reference(0, 8) as target:
        names = sorted({name for name, _ in plan(target, load_registry(), ()).cases})
        audit(target, folder / "warm", only=names[:1])
        points = []
        for number, chosen in enumerate((names[::10], names)):
            began = time.process_time()
            audit(target, folder / f"requirements-{number}", only=chosen)
            points.append((len(chosen), time.process_time() - began))
        _say("requirements", points)
        points = []
        for count in (1, 10):
            began = time.process_time()
            for number in range(count):
                audit(target, folder / f"targets-{count}-{number}", only=names[::10])
            points.append((count, time.process_time() - began))
        _say("targets", points)


def judging(folder: Path, largest: int) -> None:
    """The cost of judging files of four sizes."""
    run = folder / "whole" / "run.ndjson"
    with slow_reference(0, 8) as target:
        audit(target, run.parent)
    lines = [lines_of(item) for item in iter_run(run) if isinstance(item, Exchange) and item.status is not None]
    points, peaks = [], []
    small = _file(folder, lines, len(lines))
    for count in (largest // 1000, largest // 100, largest // 10, largest):
        file = _file(folder, lines, max(count, len(lines)))
        words = [sys.executable, "-c", JUDGE, str(file), str(small)]
        said = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.split()  # noqa: S603 - our own
        points.append((float(said[3]), float(said[0])))
        peaks.append(f"{int(said[1]) / 1024:.0f} to {int(said[2]) / 1024:.0f} MB")
        if file != small:
            file.unlink()
        sys.stdout.write(f"{points[-1][0]:g} exchanges: {points[-1][1]:.2f} s, memory {peaks[-1]}\n")
        sys.stdout.flush()
    _say("judged exchanges", points)
    sys.stdout.write(f"{points[-1][0] / points[-1][1]:.0f} exchanges/s; memory {', '.join(peaks)}\n")


def _file(folder: Path, lines: list[str], count: int) -> Path:
    file = folder / f"{count}.jsonl"
    with file.open("w") as out:
        for number in range(count):
            out.write(lines[number % len(lines)] + "\n")
    return file


def _say(what: str, points: list[tuple[float, float]]) -> None:
    said = ", ".join(f"{count:g}: {seconds:.2f} s" for count, seconds in points)
    sys.stdout.write(f"{what}: {said}; slope {slope(points):.2f}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=100_000)
    parser.add_argument("--judging-only", action="store_true", help="measure judging alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if not options.judging_only:
            requirements(Path(name))
        judging(Path(name), options.largest)


if __name__ == "__main__":
    main()
