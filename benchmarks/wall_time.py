"""Wall time of a whole run against a slow target, compared with what the target's own service time allows.

    python -m benchmarks.wall_time [--latency 0.3] [--concurrency 16]

The reference endpoint, in a separate process, waits `latency` seconds before each answer. A run cannot end before the
longest chain of dependent requests has been served, nor before all requests have been served `concurrency` at a time;
the printed ratio is wall time over the larger of the two. The wall time is the time from the start of the command
`conformance run`, when its modules are imported, to the footer of the run file; the reports are written later. The longest
chain is two rounds of the first look, then the probes that wait for each other, with the rounds that `benchmarks.rounds`
counted, then the clean-up.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from conformance.auditing.plan import plan
from conformance.config import Pace, Target, load_profile
from conformance.contract import load_registry
from conformance.engine.order import Order
from conformance.record import read_run
from conformance.wire import Exchange

FIRST_LOOK, CLEAN_UP = 2, 1


def service_s(exchange: Exchange) -> float:
    """Seconds from the request to the last byte."""
    return (exchange.timing.last_byte_ms or exchange.timing.headers_ms or 0.0) / 1000


@contextmanager
def slow_reference(latency_s: float, concurrency: int) -> Iterator[Target]:
    """The reference endpoint in a separate process, which waits so long before each answer, as a target."""
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
        code = audit(target, directory)
        run = read_run(directory / "run.ndjson")
    exchanges = list(run.exchanges.values())
    wall = float(run.footer.summary["seconds"]) if run.footer else 0.0
    total = sum(map(service_s, exchanges)) / options.concurrency
    chain = max_chain(target, exchanges)
    sys.stdout.write(
        f"{len(exchanges)} requests, {options.latency:g} s latency, concurrency {options.concurrency}\n"
        f"wall {wall:.2f} s · service time / concurrency {total:.2f} s · longest chain {chain:.2f} s\n"
        f"ratio {wall / max(total, chain):.2f} (exit code {code})\n"
    )
    return 0


def audit(target: Target, directory: Path) -> int:
    """Audit the target with the command `conformance run`, and return the exit code of the command."""
    command = [sys.executable, "-m", "conformance", "run", target.url, "--quiet", "--output", str(directory)]
    command += ["--model", str(target.model), "--concurrency", str(target.pace.concurrency)]
    environment = {**os.environ, target.key_env: target.key or ""}
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode  # noqa: S603 - our own


def max_chain(target: Target, exchanges: list[Exchange]) -> float:
    """Seconds of the longest chain: the rounds of the first look, of the longest chain of probes, and of the clean-up."""
    order, keys = Order(), plan(target, load_registry(), ()).keys
    order.add(keys)
    return (FIRST_LOOK + max(map(order.ahead, keys)) + CLEAN_UP) * median(map(service_s, exchanges))


def wait_for(port: int) -> None:
    """Until the server accepts connections; raises `TimeoutError` after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the reference endpoint did not start")


if __name__ == "__main__":
    sys.exit(main())
