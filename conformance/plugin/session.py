"""Return the arguments of a pytest session whose terminal output is not shown."""

from __future__ import annotations

import os
from pathlib import Path

ARGUMENTS = [
    "--pyargs",
    "conformance.checks",
    f"--rootdir={Path(__file__).resolve().parent.parent / 'checks'}",
    "-c",
    os.devnull,
    # A pack is not importable by its name; and nothing is put before the path that others import from.
    "--import-mode=importlib",
    # Checks use no `assert`.
    "--assert=plain",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "-p",
    "conformance.plugin",
    # What the suite has no use for, and what looks at every test for it.
    *(
        word
        for name in ("doctest", "faulthandler", "threadexception", "unittest", "warnings")
        for word in ("-p", f"no:{name}")
    ),
    # No log is caught for a screen, and no traceback is made ready.
    "-p",
    "no:logging",
    # Its five collections of garbage at the end cost more than the judging.
    "-p",
    "no:unraisableexception",
    "--tb=no",
    "-q",
    "--capture=no",
]
"""The arguments that make pytest collect and run the suite, and nothing of the current folder."""
