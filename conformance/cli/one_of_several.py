"""Conducts one audit in a separate process, for a command that conducts several audits.

The module `conformance.cli.audit_process` starts the process of the audit.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

from conformance.cli.audit_process import AT_ONCE
from conformance.options import OPTIONS, Given


def main() -> None:
    """Perform the audit whose options are on standard input.

    The exit code and the folder of the audit are written to standard output.
    """
    from conformance.cli.run import audit_one
    from conformance.cli.say import fault
    from conformance.errors import ConformanceError
    from conformance.verdict import ExitCode

    signal.signal(signal.SIGINT, signal.default_int_handler)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # only the answer goes to standard output
    options: dict[str, list[Any]] = json.loads(sys.stdin.buffer.readline())
    layer = {name: _given(name, *said) for name, said in options.items()}
    threading.Thread(target=_end_with_parent, args=(AT_ONCE in sys.argv,), daemon=True).start()
    code, folder = int(ExitCode.INTERRUPTED), None
    try:
        done = audit_one(layer, silent=True)
        code, folder = done.code, done.folder
    except ConformanceError as error:
        fault(str(error))
        code = ExitCode.USAGE
    except KeyboardInterrupt:
        pass
    answer.write(json.dumps([int(code), str(folder) if folder else None]))
    answer.close()


def _given(name: str, value: Any, said: str) -> Given:
    option = OPTIONS[name]
    return Given(value if value is None else option.read(value, said, typed=True), said)


def _end_with_parent(at_once: bool) -> None:
    """End this audit when the process that conducts all audits has ended: at once, or so that it can be resumed."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGKILL if at_once else signal.SIGINT)
