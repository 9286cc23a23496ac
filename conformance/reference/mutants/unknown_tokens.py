"""Recognises token ids that no vocabulary has, for mutants that fail after such ids."""

from __future__ import annotations

BEYOND = 10**6
"""A token id that is higher than any token id of the vocabulary."""


def has_unknown_token(value: object) -> bool:
    """Return whether nested lists contain a token id beyond the vocabulary."""
    if isinstance(value, list):
        return any(map(has_unknown_token, value))
    return isinstance(value, int) and value > BEYOND
