"""The commission of an audit: the target to test, and where and how to judge it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from conformance.config import Target
from conformance.record import RedactedRun


@dataclass(frozen=True, slots=True)
class Commission:
    """One audit to be performed. The run file of the audit is written to `directory`, if given.

    `only` lists ids of requirements or areas; empty for all requirements. `earlier` is the interrupted run in
    `directory`; `recorded` is a run to judge again. The time budget starts at `started`, in seconds of
    `time.monotonic`.
    """

    target: Target
    directory: Path | None
    only: tuple[str, ...] = ()
    earlier: RedactedRun | None = None
    recorded: RedactedRun | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def time_is_over(self) -> str:
        """Return the detail of verdicts that the time budget prevented; "" while there is time left."""
        seconds = self.target.budget.seconds
        over = seconds is not None and time.monotonic() >= self.started + seconds
        return f"the budget of {seconds:g} seconds is spent" if over else ""
