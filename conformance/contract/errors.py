"""The error for an invalid spec file, which states the location, the problem and the correction."""

from __future__ import annotations

from pathlib import Path

from conformance.errors import ConformanceError


class SpecError(ConformanceError, ValueError):
    """A spec file (requirements, features, profile, OpenAPI document, overlay) that is invalid or cannot be read.

    `message` states the problem and the correction; `file` and `line` (starting at 1) state the location if it is
    known. `str()` returns the text for a terminal: `file:line: message`.
    """

    def __init__(self, message: str, file: Path | None = None, line: int | None = None) -> None:
        self.message = message
        self.file = file
        self.line = line
        where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(where + message)
