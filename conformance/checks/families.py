"""Creates checks from a table: each row of the table becomes a probe and a check in a test module."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def put_check(module: str, check: Callable[..., None], *fixtures: Any) -> None:
    """Add a check and its fixtures to the test module with the name `module`.

    The check and the fixtures become attributes of the module, because pytest collects only attributes of modules.
    Raises `ValueError` if the module already defines the name of the check or of a fixture.
    """
    there = sys.modules[module]
    check.__module__ = module
    for each in (*fixtures, check):
        name = each.__name__
        if hasattr(there, name):
            raise ValueError(f"{module} has two of {name}")
        setattr(there, name, each)
