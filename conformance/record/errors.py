"""What is wrong with a run file, and where."""

from __future__ import annotations

from pathlib import Path


class RunFileError(Exception):
    """A run file that cannot be read or written; the message is for a person.

    `line` counts from 1 and is 0 when it is the file as a whole.
    """

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}" if line else f"{path}: {message}")
        self.path = path
        self.line = line
        self.message = message
