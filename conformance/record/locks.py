"""Locks a run file during a run, so that two runs never write to one folder at the same time."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl


def lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed; return false if another process has locked it.

    On Windows and on file systems without locks, the function always returns true, because it cannot detect locks of
    other processes.
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
    """Return whether another process has locked the file; a missing file is not locked."""
    try:
        with path.open("rb") as file:
            return not lock(file)
    except OSError:
        return False


def is_still_at(file: IO[bytes], path: Path) -> bool:
    """Return whether `path` still names the file that is open as `file`; another process may have replaced the file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False
