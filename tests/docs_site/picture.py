"""Make the picture of the README from a real run: `python -m tests.docs_site.picture docs/report.png`.

The run audits the reference endpoint with a few mutants. The picture needs Chromium.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance.reference.settings import Settings
from tests.report.chromium import chromium

FAULTS = ("stop-first-only", "usage-chunk-missing", "seed-ignored")
SIZE = (1_200, 760)
WAIT_S = "60"


def main() -> None:
    """Serve the reference endpoint with faults, audit it, and write the top of the report as PNG."""
    (target,) = sys.argv[1:]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "conformance"]
    mutants = [word for fault in FAULTS for word in ("--mutant", fault)]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([*command, "serve", "--port", str(port), *mutants])
        try:
            url = f"http://127.0.0.1:{port}/v1"
            words = ("run", url, "--wait-ready", WAIT_S, "--quiet", "--name", "my-server", "--output", folder)
            environment = {**os.environ, "CONFORMANCE_API_KEY": Settings().api_key}
            subprocess.run([*command, *words], env=environment, check=False)
        finally:
            server.terminate()
            server.wait()
        with chromium() as tab:
            tab.view(SIZE[0], height=SIZE[1])
            tab.open(Path(folder) / "report.html")
            tab.picture(Path(target))


if __name__ == "__main__":
    main()
