"""Locks a run file while a run writes it, so that two runs never write in one folder at the same time."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl


def lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed; whether no other process has locked it.

    True as well on Windows and on file systems without such locks: there nothing can be known.
    """
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def is_locked(path: Path) -> bool:
    """Whether another process has locked the file; a missing file is not locked."""
    try:
        with path.open("rb") as file:
            return not lock(file)
    except OSError:
        return False


def is_still_at(file: IO[bytes], path: Path) -> bool:
    """Whether the path still names the open file, and not another one or none."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False
