"""Adds the id of a related requirement to the text of a message."""

from __future__ import annotations


def referring(text: str, *, see: str) -> str:
    """Return the text followed by the word "see" and the requirement id `see`; return only the text if `see` is "".

    `tests/checks/test_references.py` checks that every id given as `see` exists.
    """
    return f"{text}: see {see}" if see else text
