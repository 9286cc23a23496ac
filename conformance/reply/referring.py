"""How a message of the suite refers to a related requirement."""

from __future__ import annotations


def referring(text: str, *, see: str) -> str:
    """The text followed by "see" and the requirement id; the text alone if `see` is "".

    `tests/checks/test_references.py` checks that every id given as `see` exists.
    """
    return f"{text}: see {see}" if see else text
