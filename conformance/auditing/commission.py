"""A commission describes an audit before it starts: which target to test, with which requirements, in which folder."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from conformance.config import Target
from conformance.record import RedactedRun


@dataclass(frozen=True, slots=True)
class Commission:
    """One audit to be performed. The run file of the audit is written to `directory`, if given.

    `only` lists ids of requirements or areas to test; if it is empty, all requirements are tested. `earlier` is the
    interrupted run in `directory` that the audit resumes. `recorded` is a finished run whose exchanges are judged
    again. The time budget starts at `started`, a value of `time.monotonic`.
    """

    target: Target
    directory: Path | None
    only: tuple[str, ...] = ()
    earlier: RedactedRun | None = None
    recorded: RedactedRun | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def time_is_over(self) -> str:
        """Return why the remaining cases cannot be judged if the time budget is spent; "" while time is left."""
        seconds = self.target.budget.seconds
        over = seconds is not None and time.monotonic() >= self.started + seconds
        return f"the budget of {seconds:g} seconds is spent" if over else ""
