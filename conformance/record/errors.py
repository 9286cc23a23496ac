"""Errors of run files, with their location."""

from __future__ import annotations

from pathlib import Path

from conformance.errors import ConformanceError


class RunFileError(ConformanceError):
    """A run file that cannot be read or written; the message is text for people.

    `line` counts from 1, or is 0 for the file as a whole.
    """

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}" if line else f"{path}: {message}")
        self.path = path
        self.line = line
        self.message = message
