"""How fast generated cases are sent, compared with a plain httpx loop with the same bodies and the same concurrency.

    python -m benchmarks.throughput [--concurrency 8] [--latency 0.05] [--repeat 5]

The endpoint waits `latency` seconds before each answer, in a separate process. The bodies are made first, for both. The
engine's share includes recording, budgets and redaction. Prints requests per second of both (medians) and their ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from typing import Any

import httpx

from benchmarks.wall_time import slow_reference
from conformance.checks.generated.cases import faults, valid_bodies
from conformance.config import Depth, Target, load_profile
from conformance.engine import Engine
from conformance.engine.clients import Chat, encode
from conformance.engine.probe import Transport

CONTROL: dict[str, Any] = {
    "model": "reference-1",
    "messages": [{"role": "user", "content": "Say hello."}],
    "max_tokens": 4,
}


def bodies(depth: Depth) -> list[bytes]:
    """All generated bodies as bytes."""
    profile = load_profile("openai")
    right = valid_bodies(profile, "reference-1", depth)
    wrong = faults(profile, "reference-1", CONTROL, depth)
    return [encode(body) for body in right] + [fault.text.encode() or encode(fault.body) for fault in wrong]


def by_engine(target: Target, made: list[bytes]) -> float:
    """Seconds that the engine takes."""
    with Engine(target, lambda _: None) as engine:

        async def send_all() -> float:
            chat = Chat(engine.http("bench"), Transport.JSON)
            started = time.perf_counter()
            await asyncio.gather(*(chat.post(body) for body in made))
            return time.perf_counter() - started

        return float(engine.call(send_all).result())


def by_httpx(target: Target, made: list[bytes]) -> float:
    """Seconds that a bare loop takes, as many at once."""

    async def send_all() -> float:
        limits = httpx.Limits(max_connections=target.pace.concurrency)
        headers = {"authorization": f"Bearer {target.key}", "content-type": "application/json"}
        slots = asyncio.Semaphore(target.pace.concurrency)
        async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60) as client:

            async def send(body: bytes) -> None:
                async with slots:
                    await client.post(f"{target.url}/chat/completions", content=body)

            started = time.perf_counter()
            await asyncio.gather(*(send(body) for body in made))
            return time.perf_counter() - started

    return asyncio.run(send_all())


def main() -> int:
    """Run and print; exit code 1 when the engine reaches less than 80 % of the bare loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    made = bodies(Depth.STANDARD)
    with slow_reference(options.latency, options.concurrency) as target:
        by_httpx(target, made[:20])
        pairs = [(by_engine(target, made), by_httpx(target, made)) for _ in range(options.repeat)]
    engine, bare = (len(made) / statistics.median(times) for times in zip(*pairs, strict=True))
    sys.stdout.write(
        f"{len(made)} bodies, concurrency {options.concurrency}, {options.latency:g} s latency: "
        f"engine {engine:.0f} requests/s, bare httpx {bare:.0f} requests/s, ratio {engine / bare:.2f}\n"
    )
    return 0 if engine >= 0.8 * bare else 1


if __name__ == "__main__":
    sys.exit(main())
