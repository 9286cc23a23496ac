"""What a command costs: processor time of all its processes, memory, and the time to its first request.

    python -m benchmarks.cost [--repeat 3]

The reference endpoint is in a process of its own, which is not counted. Prints for a quick run, for `--only` with one
requirement, and for `plan`: the seconds of the processor (user and system, the least of the rounds), the peak resident
memory of the largest process and of all processes together, and the seconds from the start to the end and to the first request.
Seconds of the clock mean something only on an idle machine; the processor's are nearly the same on a busy one.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import peaks
from benchmarks.wall_time import slow_reference

ONE = "chat.stop.excluded"
KEY = {"CONFORMANCE_API_KEY": "sk-reference"}


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one command: seconds of the processor and of the clock, and peak memory in MB."""

    cpu_s: float
    seconds: float
    largest_mb: float
    all_mb: float
    exit_code: int


def cost_of(words: list[str]) -> Cost:
    """Run `conformance` with these words, and measure it."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "conformance", *words],
        env=os.environ | KEY,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    largest = together = 0
    while process.poll() is None:
        found = list(_peaks(process.pid))
        largest, together = max([largest, *found]), max(together, sum(found))
        time.sleep(0.02)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - began, largest / 1024, together / 1024, process.returncode)


def _peaks(session: int) -> list[int]:
    """The peaks of the command and of the judging process, which has a session of its own."""
    found = list(peaks(session))
    children = Path(f"/proc/{session}/task/{session}/children")
    if children.exists():
        found += [peak for child in children.read_text().split() for peak in peaks(int(child))]
    return found


def first_request_s(folder: str) -> float:
    """Seconds from the start of a run to its first byte at a target that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        command = [sys.executable, "-m", "conformance", "run", url, "--quiet", "--output", f"{folder}/first"]
        began, arrived = time.monotonic(), threading.Event()
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=os.environ | KEY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        server.settimeout(60)
        connection, _ = server.accept()
        with connection:
            connection.recv(1)
            arrived.set()
            seconds = time.monotonic() - began
            process.kill()
            process.wait()
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    with slow_reference(0, 8) as target, tempfile.TemporaryDirectory() as folder:
        run = ["run", target.url, "--quiet"]
        for name, words in (
            ("quick run", run),
            (f"run --only {ONE}", [*run, "--only", ONE]),
            ("plan", ["plan"]),
        ):
            rounds = []
            for number in range(repeat):
                output = [] if words == ["plan"] else ["--output", f"{folder}/{len(words)}-{number}"]
                rounds.append(cost_of([*words, *output]))
            best = min(rounds, key=lambda each: each.cpu_s)
            sys.stdout.write(
                f"{name}: {best.cpu_s:.2f} s of the processor, {min(each.seconds for each in rounds):.2f} s,"
                f" largest process {best.largest_mb:.0f} MB, all processes {best.all_mb:.0f} MB, exit code {best.exit_code}\n"
            )
            sys.stdout.flush()
        first = min(first_request_s(folder + str(number)) for number in range(repeat))
    sys.stdout.write(f"first request {first:.2f} s after the start\n")


if __name__ == "__main__":
    main()
