"""What a command costs: processor time of all its processes, memory, requests, and the time to its first request.

    python -m benchmarks.cost [--repeat 3]

The reference endpoint is in a separate process, which is not counted. Prints for a quick run, for a quick run of the
requirements that commit 003e281 had, for `--only` with one requirement, and for `plan`: the seconds of the processor
(user and system, the least of the rounds), the seconds from the start to the end, the peak resident memory of the
largest process, and the peak memory of all processes together, in which a shared page counts once. Prints for the first
request of a run the seconds of the clock and of the processor. Seconds of the clock mean something only on an idle
machine; the processor's are nearly the same on a busy one. Compiled modules are used, as in an installation.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import peaks
from benchmarks.wall_time import slow_reference

ONE = "chat.stop.excluded"
KEY = {"CONFORMANCE_API_KEY": "sk-reference"}
EARLIER = Path(__file__).with_name("requirements-003e281.txt")
"""The requirements that a quick run of profile openai tested at commit 003e281."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one command: seconds of the processor and of the clock, and peak memory in MB."""

    cpu_s: float
    seconds: float
    largest_mb: float
    all_mb: float
    exit_code: int


def environment() -> dict[str, str]:
    """Return the environment of the measured commands: with the key, and with compiled modules."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | KEY


def cost_of(words: list[str]) -> Cost:
    """Run `conformance` with these words, and measure it."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "conformance", *words],
        env=environment(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    largest = together = 0
    while process.poll() is None:
        members = [process.pid, *_children(process.pid)]
        largest = max([largest, *(peak for member in members for peak in peaks(member))])
        together = max(together, sum(map(_share, members)))
        time.sleep(0.02)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - began, largest / 1024, together / 1024, process.returncode)


def _children(pid: int) -> Iterator[int]:
    """The children of a process; the judging process has a separate session."""
    with suppress(OSError):
        yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def _share(pid: int) -> int:
    """The memory of a process now, in KiB; of a page that several processes share, its part (Linux)."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0


def first_request(folder: str) -> tuple[float, float]:
    """Seconds from the start of a run to its first byte at a target that never answers: of the clock and the processor."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        command = [sys.executable, "-m", "conformance", "run", url, "--quiet", "--output", f"{folder}/first"]
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        server.settimeout(60)
        connection, _ = server.accept()
        with connection:
            connection.recv(1)
            seconds, cpu = time.monotonic() - began, _cpu_s(process.pid)
            process.kill()
            process.wait()
    return seconds, cpu


def _cpu_s(pid: int) -> float:
    """Seconds of the processor that a process has used so far (Linux)."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    with slow_reference(0, 8) as target, tempfile.TemporaryDirectory() as folder:
        run = ["run", target.url, "--quiet"]
        earlier = [word for name in EARLIER.read_text().split() for word in ("--only", name)]
        for name, words in (
            ("quick run", run),
            ("quick run of the requirements of 003e281", [*run, *earlier]),
            (f"run --only {ONE}", [*run, "--only", ONE]),
            ("plan", ["plan"]),
        ):
            rounds = []
            for number in range(repeat + 1):  # the first compiles what was not compiled yet
                output = Path(folder) / f"{len(words)}-{number}"
                rounds.append(cost_of([*words, *([] if name == "plan" else ["--output", str(output)])]))
            best = min(rounds, key=lambda each: each.cpu_s)
            sys.stdout.write(
                f"{name}: {best.cpu_s:.2f} s of the processor, {min(each.seconds for each in rounds):.2f} s,"
                f" largest process {best.largest_mb:.0f} MB, all processes {max(each.all_mb for each in rounds[1:]):.0f} MB"
                f"{_requests(output)}, exit code {best.exit_code}\n"
            )
            sys.stdout.flush()
        first = [first_request(folder + str(number)) for number in range(repeat + 1)]
    seconds, cpu = (min(values) for values in zip(*first, strict=True))
    sys.stdout.write(f"first request {seconds:.2f} s after the start, {cpu:.2f} s of the processor\n")


def _requests(folder: Path) -> str:
    """Say how many requests a run sent."""
    file = folder / "run.ndjson"
    if not file.exists():
        return ""
    summary = json.loads(file.read_bytes().splitlines()[-1])["summary"]
    return f", {summary['requests']} requests, {sum(summary['by_outcome'].values())} requirements"


if __name__ == "__main__":
    main()
