"""The fingerprints of another commit: its tree is unpacked, and its checks and mutants are hashed as they stand there."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from .seen import Code

_ROOT = Path(__file__).parents[2]
_SCRIPT = Path(__file__).with_name("fingerprint.py")


def code_at(commit: str) -> Code | None:
    """The code of a commit; None where it cannot be read: no git, an unknown commit, a tree too old for `fingerprint`."""
    try:
        tree = subprocess.run(
            ["git", "archive", commit, "conformance", "specs"],  # noqa: S607 - git is looked up in the PATH, as the user's own
            cwd=_ROOT, check=True, capture_output=True,
        ).stdout  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(fileobj=io.BytesIO(tree)) as archive:
                archive.extractall(folder, filter="data")
            environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
            found = subprocess.run(
                [sys.executable, str(_SCRIPT)], cwd=folder, env=environment, check=True, capture_output=True
            ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return Code(**json.loads(found))
