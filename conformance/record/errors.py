"""Errors of run files, with their location."""

from __future__ import annotations

from pathlib import Path

from conformance.errors import ConformanceError


class RunFileError(ConformanceError):
    """A run file cannot be read or written; the message explains the problem for people.

    `line` is the line number, starting at 1, or 0 for the file as a whole.
    """

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}" if line else f"{path}: {message}")
        self.path = path
        self.line = line
        self.message = message
