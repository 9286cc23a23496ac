"""Errors for invalid recordings; each names the location of the problem."""

from __future__ import annotations

from pathlib import Path

from conformance.errors import ConformanceError


class RecordingError(ConformanceError):
    """A recording cannot be read.

    `place` is the location in the file (`line 3`, `entry 2 response.status`), or "" for the file as a whole. `message`
    states the problem and the correction. `str()` of the error combines file, place and message.
    """

    def __init__(self, path: Path, place: str, message: str) -> None:
        super().__init__(f"{path}: {place}: {message}" if place else f"{path}: {message}")
        self.path = path
        self.place = place
        self.message = message
