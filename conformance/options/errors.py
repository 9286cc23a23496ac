"""Errors that the user can fix."""

from __future__ import annotations

from conformance.errors import ConformanceError


class TargetError(ConformanceError):
    """The target cannot be tested with the given options; the message says what to change."""
