"""A fleet of simulated targets in one process: each replays recorded answers after a fixed latency, on a port of its own.

    python -m benchmarks.replaying FOLDER --targets 300 --latency 0.3 --ports ports.txt

FOLDER has one run folder for each variant, recorded by `benchmarks.fleet`. Target number n replays variant n modulo the number of
variants. The process writes the ports to the file `ports.txt`, and serves until it is terminated. It prints the number of requests
that no recording answers, and the most requests that one target had in progress at the same time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from conformance.record import read_run
from conformance.wire import Exchange

_HOP = {"connection", "content-length", "content-encoding", "transfer-encoding", "keep-alive", "date"}


class Asked(NamedTuple):
    """What identifies a request: its method, its path with the query, and its body."""

    method: str
    path: str
    body: bytes


class Answers:
    """The recorded answers of one variant as bytes to send. Equal requests get the answers in their recorded order."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._known: dict[Asked, list[bytes]] = defaultdict(list)
        for each in exchanges:
            if each.status is not None and not each.request.on_socket:
                parts = urlsplit(each.request.url)
                path = f"{parts.path}?{parts.query}" if parts.query else parts.path
                self._known[Asked(each.request.method, path, each.request.body)].append(_wire(each))

    def find(self, asked: Asked, number: int) -> bytes | None:
        """Return the answer to the request that a target receives for the time `number` (from 0); None if unknown."""
        known = self._known.get(asked)
        return known[number % len(known)] if known else None


def _wire(exchange: Exchange) -> bytes:
    """Return a recorded response as it is sent: with its headers, and with the length of its body."""
    lines = [f"HTTP/1.1 {exchange.status} Recorded"]
    lines += [f"{name}: {value}" for name, value in exchange.headers if name.lower() not in _HOP]
    return ("\r\n".join([*lines, f"content-length: {len(exchange.body)}"]) + "\r\n\r\n").encode() + exchange.body


_UNKNOWN = b"HTTP/1.1 404 Unknown\r\ncontent-length: 0\r\n\r\n"


class ReplayedTarget:
    """One target. `most` is the largest number of requests in progress at the same time, `asked` the number of requests."""

    def __init__(self, answers: Answers, latency_s: float) -> None:
        self._answers = answers
        self._latency_s = latency_s
        self._times: dict[Asked, int] = defaultdict(int)
        self._now = 0
        self.most = 0
        self.asked = 0
        self.unknown = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
                method, path, _ = first.split(" ", 2)
                asked = Asked(method, path, await reader.readexactly(int(headers.get("content-length", "0"))))
                writer.write(await self._answer(asked))
                await writer.drain()
        writer.close()

    async def _answer(self, asked: Asked) -> bytes:
        self._now += 1
        self.asked += 1
        self.most = max(self.most, self._now)
        number = self._times[asked]
        self._times[asked] += 1
        found = self._answers.find(asked, number)
        self.unknown += found is None
        await asyncio.sleep(self._latency_s)
        self._now -= 1
        return found or _UNKNOWN


async def serve(variants: list[Answers], count: int, latency_s: float, ports: Path) -> list[ReplayedTarget]:
    """Serve `count` targets until the process is terminated; return them."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    targets = [ReplayedTarget(variants[number % len(variants)], latency_s) for number in range(count)]
    servers = [await asyncio.start_server(target.serve, "127.0.0.1", 0, backlog=256) for target in targets]
    beside = ports.with_suffix(".new")
    beside.write_text("\n".join(str(server.sockets[0].getsockname()[1]) for server in servers), encoding="utf-8")
    beside.rename(ports)
    await stop.wait()
    return targets


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--targets", type=int, default=300)
    parser.add_argument("--latency", type=float, default=0.3)
    parser.add_argument("--ports", type=Path, required=True)
    options = parser.parse_args()
    files = sorted(options.folder.glob("*/run.ndjson"))
    variants = [Answers(read_run(file).exchanges.values()) for file in files]
    targets = asyncio.run(serve(variants, options.targets, options.latency, options.ports))
    said = {
        "requests": sum(target.asked for target in targets),
        "unknown": sum(target.unknown for target in targets),
        "most at once": max(target.most for target in targets),
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
