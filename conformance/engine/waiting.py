"""Functions that wait for results inside the engine's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

Result = TypeVar("Result")


async def ended(results: Iterable[Future[Any]]) -> None:
    """Wait until each of the given futures has a result or an exception."""
    await asyncio.gather(*map(asyncio.wrap_future, results), return_exceptions=True)


async def after(before: Future[None], make: Callable[[], Awaitable[Result]]) -> Result:
    """Wait until a future has ended, then call `make` and await the coroutine that it returns."""
    await asyncio.wrap_future(before)
    return await make()


async def no_pause(_seconds: float) -> None:
    """Return without waiting. A replay calls `no_pause` instead of `asyncio.sleep`."""
