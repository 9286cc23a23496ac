"""The command line's own server, in a process next to the test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

KEY = "sk-reference"


@contextmanager
def served(*words: object, cwd: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """`conformance serve` with these words, on a free port: its base URL for OpenAI clients."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "conformance", "serve", "--port", str(port), *map(str, words)]
    with (cwd / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(environment or {})}, stdout=log, stderr=log)
        try:
            while server.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            assert server.poll() is None, (cwd / "server.log").read_text()
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait(10)
