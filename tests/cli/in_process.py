"""The command line in the process of the test: starting a process takes longer than most commands."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from conformance.cli import main


def environment(**more: str) -> dict[str, str]:
    """Return the environment without a target, with these variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CONFORMANCE_", "OPENAI_"))}
    return {**clean, "NO_COLOR": "1", **more}


def conformance(*words: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, with no target in its environment."""
    command = ["conformance", *words]
    out, err, code = io.StringIO(), io.StringIO(), 0
    variables = patch.dict(os.environ, environment(**environ), clear=True)
    with chdir(folder), variables, patch.object(sys, "argv", command), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())
