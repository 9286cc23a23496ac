"""Starts a separate process for one of several audits, and forwards Ctrl-C to the process.

The process that conducts all audits starts a separate process for each audit, so that audits do not share packs,
signals or an interpreter. The options arrive through a pipe, because other users of the machine can read a command
line.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from conformance.options import Layer

_BOOT = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop())
from conformance.cli.one_of_several import main
main()
"""

RESUMABLE = "resumable"
"""The process completes its run file, as after Ctrl-C."""
AT_ONCE = "at-once"
"""The process sends no more requests, because another process repeats the audit."""


class AuditProcess:
    """The separate process that performs one audit.

    When the process has ended, `errors` has the lines that the process printed on stderr.
    """

    def __init__(self, layer: Layer, environ: Mapping[str, str] | None = None, *, orphan: str = RESUMABLE) -> None:
        """`environ` has the environment variables of the process; by default, they are those of this process.

        `orphan` says how the process ends if this process is killed: `RESUMABLE` or `AT_ONCE`.
        """
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter and this very package
            [sys.executable, "-c", _BOOT, orphan, json.dumps([str(each) for each in sys.path])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=environ,
        )
        self._order = json.dumps({name: [given.value, given.said] for name, given in layer.items()})
        self.errors: list[str] = []

    def result(self) -> tuple[int, Path | None] | None:
        """Wait for the end of the audit; return its exit code and run folder, or None if the process crashed."""
        process = self._process
        errors = threading.Thread(target=self._keep_errors, daemon=True)
        errors.start()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        with contextlib.suppress(OSError):  # it may have ended
            process.stdin.write(self._order.encode() + b"\n")
            process.stdin.flush()
        said = process.stdout.read()
        process.wait()
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.stdout.close()
        errors.join()
        try:
            code, folder = json.loads(said)
        except ValueError:
            return None
        return int(code), Path(folder) if folder else None

    def interrupt(self) -> None:
        """Send the signal SIGINT to the process, as Ctrl-C does."""
        with contextlib.suppress(OSError):
            self._process.send_signal(signal.SIGINT)

    def _keep_errors(self) -> None:
        if self._process.stderr is not None:
            with self._process.stderr as pipe:
                self.errors += [line.decode("utf-8", errors="replace").rstrip() for line in pipe]
