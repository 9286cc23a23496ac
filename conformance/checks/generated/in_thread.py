"""Runs long calculations in a separate thread: generating request bodies takes a second of CPU time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_TRIES = 5
_one_at_a_time = threading.Lock()


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """In a separate thread, run a function that has no side effects. Raises its exceptions.

    The library hypothesis, which generates the test data, parses Python source code. If two threads parse source code
    at once, Python before 3.11.8 and 3.12.2 may raise a `SystemError` by mistake (gh-106905). If `function` raises a
    `SystemError`, `function` is called again.
    """

    def again() -> T:
        with _one_at_a_time:  # processor time is not made more by two threads, and they would meet each other
            for _ in range(_TRIES - 1):
                try:
                    return function(*args, **kwargs)
                except SystemError:
                    continue
            return function(*args, **kwargs)

    return await asyncio.to_thread(again)
