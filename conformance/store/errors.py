"""Errors of the store."""

from __future__ import annotations

from conformance.errors import ConformanceError


class StoreError(ConformanceError):
    """A store cannot be read, written or asked as given; the message explains the problem for people."""
