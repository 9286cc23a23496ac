"""Wall time of a whole run against a slow target, beside what the target's own service time allows.

    python -m benchmarks.wall_time [--latency 0.3] [--concurrency 16]

The reference endpoint, in a process of its own, waits `latency` seconds before each answer. A run cannot end before the
longest chain of dependent requests has been served, nor before all requests have been served `concurrency` at a time;
the printed ratio is wall time (first request to footer) over the larger of the two. The chain is measured, not declared:
the longest sequence of requests in which each was sent after the one before had ended.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.auditing.runner import audit
from conformance.config import Pace, Target, load_profile
from conformance.record import read_run
from conformance.wire import Exchange


def service_s(exchange: Exchange) -> float:
    """Seconds from the request to the last byte."""
    return (exchange.timing.last_byte_ms or exchange.timing.headers_ms or 0.0) / 1000


@contextmanager
def slow_reference(latency_s: float, concurrency: int) -> Iterator[Target]:
    """The reference endpoint in a process of its own, which waits so long before each answer, as a target."""
    port = free_port()
    command = [sys.executable, "-m", "conformance", "serve", f"--port={port}", f"--latency={latency_s}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        wait_for(port)
        yield Target(
            url=f"http://127.0.0.1:{port}/v1",
            profile=load_profile("openai"),
            key="sk-reference",
            model="reference-1",
            pace=Pace(concurrency=concurrency),
        )
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.3)
    parser.add_argument("--concurrency", type=int, default=16)
    options = parser.parse_args()
    with slow_reference(options.latency, options.concurrency) as target, tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "run"
        audited = audit(target, directory)
        run = read_run(directory / "run.ndjson")
    exchanges = list(run.exchanges.values())
    wall = float(run.footer.summary["seconds"]) if run.footer else 0.0
    total = sum(map(service_s, exchanges)) / options.concurrency
    chain = max_chain(exchanges)
    sys.stdout.write(
        f"{len(exchanges)} requests, {options.latency:g} s latency, concurrency {options.concurrency}\n"
        f"wall {wall:.2f} s · service time / concurrency {total:.2f} s · longest chain {chain:.2f} s\n"
        f"ratio {wall / max(total, chain):.2f} (exit code {audited.exit_code})\n"
    )
    return 0


def max_chain(exchanges: list[Exchange]) -> float:
    """Seconds of the longest probe: its requests that could not have been sent at once, plus the first look before it."""
    spans: dict[str, list[float]] = {}
    for exchange in exchanges:
        spans.setdefault(exchange.probe, []).append(service_s(exchange))
    depth = {"both_ways[json]": 4}  # each of its requests waits for the one before
    first_look = max(spans.get("preflight", [0.0]))
    longest = max(max(times) * depth.get(probe, 1) for probe, times in spans.items())
    return first_look + longest


def wait_for(port: int) -> None:
    """Until the server accepts connections; raises `TimeoutError` after 10 seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the reference endpoint did not start")


if __name__ == "__main__":
    sys.exit(main())
