"""Creates checks from a table: each row adds a probe and a check to the module that pytest collects."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def put_check(module: str, check: Callable[..., None], *fixtures: Any) -> None:
    """Add a check and its fixtures to the module with the name `__name__`.

    pytest finds fixtures and tests by the names in a module, so each row of a table must become a name in the module.
    Raises `ValueError` if the module already defines the name of the check or of a fixture.
    """
    there = sys.modules[module]
    check.__module__ = module
    for each in (*fixtures, check):
        name = each.__name__
        if hasattr(there, name):
            raise ValueError(f"{module} has two of {name}")
        setattr(there, name, each)
