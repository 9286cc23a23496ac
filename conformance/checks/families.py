"""Create checks from a table: each row adds its probe and its check to the module that pytest collects."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def put_check(module: str, check: Callable[..., None], *fixtures: Any) -> None:
    """Add a check and its fixtures to a module (`__name__`) under their names.

    pytest finds fixtures and tests only by the names in a module, so each row of a table must become a name.
    Raises `ValueError` if the module already has one of the names.
    """
    there = sys.modules[module]
    check.__module__ = module
    for each in (*fixtures, check):
        name = each.__name__
        if hasattr(there, name):
            raise ValueError(f"{module} has two of {name}")
        setattr(there, name, each)
