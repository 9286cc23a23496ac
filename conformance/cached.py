"""Keeps derived data from one process to the next, where Python keeps compiled modules, until a source file changes."""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any


def kept(name: str, sources: Iterable[Path], make: Callable[[], Any]) -> Any:
    """Return the result of `make`, or read the equal result that an earlier process stored under the same `name`.

    `make` must return plain data (None, numbers, strings, bytes, tuples, lists, dictionaries), and the data must depend
    only on the contents of the files in `sources`. The result of an earlier process is used while path, size and
    modification time of each source are unchanged. If Python keeps no compiled modules, no derived data is kept.
    """
    compiled = getattr(__spec__, "cached", None)
    if compiled is None:
        return make()
    file = Path(compiled).with_name(f"{name}.{sys.implementation.cache_tag}.kept")
    found = [_state(source) for source in sources]
    with suppress(OSError, ValueError, EOFError, TypeError):
        state, result = marshal.loads(file.read_bytes())  # noqa: S302 - as trusted as the compiled modules beside it
        if state == found:
            return result
    result = make()
    if not sys.dont_write_bytecode:
        with suppress(OSError, ValueError):  # a folder of another user, or data that is not plain
            _write(file, marshal.dumps((found, result)))
    return result


def _state(source: Path) -> tuple[str, int, int]:
    """Return what changes if a file changes."""
    known = source.stat()
    return str(source), known.st_mtime_ns, known.st_size


def _write(file: Path, data: bytes) -> None:
    """Write the file under a temporary name, then rename it, so that no process reads half of it."""
    file.parent.mkdir(exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
