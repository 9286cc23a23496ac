"""Errors that the user can fix."""

from __future__ import annotations


class TargetError(Exception):
    """The target cannot be tested as given; the message says what to change."""
