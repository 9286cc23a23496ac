"""How a text of ours refers to a requirement that says more."""

from __future__ import annotations


def referring(text: str, *, see: str) -> str:
    """The text, and where to look: the requirement with the id `see`; the text alone where that is "".

    `tests/checks/test_references.py` holds every id that is given as `see` to be known.
    """
    return f"{text}: see {see}" if see else text
