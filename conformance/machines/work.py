"""The audits that a Dask worker performs now, and the new lines of their run files, which the client asks for.

A client asks for the new lines of each run file about twice a second. A worker begins an audit only when the client has
asked for it, and ends an audit when the client has not asked for it for a long time. If the worker of a call was lost,
Dask repeats the call by itself. The repeated call of the lost worker performs no audit, because no client asks for the
audit of this call. After the loss of a worker, the client assigns the audit to a worker again, together with the copy
of its run file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

LEASE_S = 60.0
"""Seconds after which an audit ends that no client asks for."""
FIRST_S = 20.0
"""Seconds to wait until the client asks for the first time."""
BEGIN_S = 0.05
"""Seconds between two looks whether the client has asked."""


class Growth(NamedTuple):
    """New bytes of a run file: `data` follows the first `offset` bytes of the file with the number `inode`."""

    inode: int
    offset: int
    data: bytes


@dataclass(slots=True)
class Held:
    """One audit that is running on this worker.

    `asked` is the time, by `time.monotonic`, when the client last asked for new lines of the audit's run file. `wanted`
    is true if the client has asked for new lines of this run file at least once.
    """

    folder: Path
    asked: float = field(default_factory=time.monotonic)
    wanted: bool = False
    stopped: bool = False

    @property
    def over(self) -> bool:
        """Whether the audit must end."""
        return self.stopped or time.monotonic() > self.asked + (LEASE_S if self.wanted else FIRST_S)


_held: dict[str, Held] = {}


class Unwanted(Exception):
    """Raised if no client asked for an audit that this worker was about to begin."""


@contextmanager
def held(ticket: str, earlier: bytes) -> Iterator[Path]:
    """Wait until the client asks for the audit with this ticket, then provide a folder for the audit.

    The folder has the run file of the interrupted run, or is empty. Raises `Unwanted` if no client asks for the audit
    in time.
    """
    with TemporaryDirectory(prefix="conformance-") as name:
        mine = _held[ticket] = Held(Path(name))
        try:
            while not mine.wanted:
                if mine.over:
                    raise Unwanted(f"no client asked for the audit {ticket}")
                time.sleep(BEGIN_S)
            if earlier:
                (mine.folder / "run.ndjson").write_bytes(earlier)
            yield mine.folder
        finally:
            del _held[ticket]


def is_over(ticket: str) -> bool:
    """Return whether the audit must end: the client stopped the audit, or has not asked for it for a long time."""
    return _held[ticket].over


def grown(known: Mapping[str, tuple[int, int]]) -> dict[str, Growth]:
    """Return the bytes that were added to run files since the client last asked.

    `known` maps each job's ticket to a pair: the inode of the job's run file, and the length of the client's copy of
    this file.
    """
    found = {}
    for ticket, (inode, length) in known.items():
        held = _held.get(ticket)
        if held is None:
            continue
        held.asked, held.wanted = time.monotonic(), True
        try:
            with (held.folder / "run.ndjson").open("rb") as file:
                number = os.fstat(file.fileno()).st_ino
                offset = length if number == inode else 0
                file.seek(offset)
                found[ticket] = Growth(number, offset, file.read())
        except OSError:
            continue  # the audit has not begun to write, or has ended
    return found


def stop(tickets: list[str]) -> None:
    """End the audits that run on this worker. The run of an audit that the worker ends counts as interrupted."""
    for ticket in tickets:
        if ticket in _held:
            _held[ticket].stopped = True
