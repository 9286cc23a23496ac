"""Memory, time and disk of an audit whose target sends as much as it may: docs/limits.md states the bounds.

    python -m benchmarks.memory [CASE …]

Each case is a server in this process that answers every request alike; the audit is `conformance run` in processes of its
own. Prints the largest resident set of any of them, the processor's seconds, the run file's size and the exit code.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL = "m"
WHOLE = {"id": "c", "object": "chat.completion", "created": 1_760_000_000, "model": MODEL}


def answer(text: str, model: str = MODEL) -> tuple[str, bytes]:
    """A completion with this text."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return "application/json", json.dumps(WHOLE | {"model": model, "choices": [choice]}).encode()


LARGE = answer("x" * 4_190_000)
CHOICES = "application/json", json.dumps(WHOLE | {"choices": [{}] * 1_000_000}).encode()
EVENTS = "text/event-stream", b"data: 1\n\n" * 99_000
LONG = answer("Hello", "m" * 100_000)
RIGHT = answer("Hello")

CASES: dict[str, tuple[str, Callable[[bool], tuple[str, bytes]]]] = {
    "small": ("a short answer to everything, for comparison", lambda _: RIGHT),
    "4-mib-text": ("one text of 4 MiB to everything", lambda _: LARGE),
    "1m-choices": ("a million empty choices to everything", lambda _: CHOICES),
    "99k-events": ("99,000 tiny events to everything that asks for a stream", lambda streams: EVENTS if streams else RIGHT),
    "long-model": ("a model name of 100,000 characters in every answer", lambda _: LONG),
}  # fmt: skip


def served(make: Callable[[bool], tuple[str, bytes]]) -> ThreadingHTTPServer:
    """The server of one case, running."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            models = {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1, "owned_by": "x"}]}
            self._say("application/json", json.dumps(models).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self._say(*make(b'"stream":true' in body))

        def _say(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def peaks(session: int) -> Iterator[int]:
    """The largest resident set so far, in KiB, of each process of a session (Linux)."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getsid(int(folder.name)) == session:
                    lines = (folder / "status").read_text().splitlines()
                    yield from (int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
            except OSError:
                continue


def measure(name: str) -> str:
    """One line of figures."""
    server = served(CASES[name][1])
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        command = [sys.executable, "-m", "conformance", "run", url, "--no-key", "--output", f"{folder}/out", "--quiet"]
        before, began, most = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0
        process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own command
        while process.poll() is None:
            most = max(most, *peaks(process.pid), 0)
            time.sleep(0.05)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        size = (Path(folder) / "out" / "run.ndjson").stat().st_size / 1e6
    server.shutdown()
    seconds = time.monotonic() - began
    return f"{name}: {most / 1024:.0f} MB, {cpu:.0f} s of the processor, {seconds:.0f} s, file {size:.0f} MB, exit code {process.returncode}"


def main() -> None:
    """Measure the cases that are named, or all."""
    for name in sys.argv[1:] or CASES:
        sys.stdout.write(f"{measure(name)} ({CASES[name][0]})\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
