"""Errors of the store of runs."""

from __future__ import annotations

from conformance.errors import ConformanceError


class StoreError(ConformanceError):
    """A store cannot be read, written or queried; the message explains the problem to people."""
