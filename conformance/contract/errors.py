"""The error for a spec file that cannot be used: where, what, and how to correct it."""

from __future__ import annotations

from pathlib import Path

from conformance.errors import ConformanceError


class SpecError(ConformanceError, ValueError):
    """A spec file (requirements, features, profile, OpenAPI document, overlay) that cannot be used.

    `message` says what is wrong and what to do; `file` and `line` (1-based) say where, when they are known.
    `str()` is `file:line: message`, ready for a terminal.
    """

    def __init__(self, message: str, file: Path | None = None, line: int | None = None) -> None:
        self.message = message
        self.file = file
        self.line = line
        where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(where + message)
