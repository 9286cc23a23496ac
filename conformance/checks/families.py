"""Checks that are made from a table: each row puts its probe and its check into the module that pytest collects."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def put_check(module: str, check: Callable[..., None], *fixtures: Any) -> None:
    """Put a check, and the fixtures of its own that it uses, into a module (`__name__`) under their own names.

    pytest finds fixtures and tests by the names in a module and in no other way, so rows of a table must become names.
    Raises `ValueError` when the module has one of the names: the later row would hide the earlier.
    """
    there = sys.modules[module]
    check.__module__ = module
    for each in (*fixtures, check):
        name = each.__name__
        if hasattr(there, name):
            raise ValueError(f"{module} has two of {name}")
        setattr(there, name, each)
