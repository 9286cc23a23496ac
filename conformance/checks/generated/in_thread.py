"""Work for a thread beside the probes: generating bodies takes a second of processor time."""

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
    """The result of a pure function, made in a thread of its own. Raises what it raises.

    Python before 3.11.8 and 3.12.2 answers two threads that parse source at once (hypothesis reads the source of
    what it runs) with a `SystemError` of no meaning (gh-106905); what is pure can be done again.
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
