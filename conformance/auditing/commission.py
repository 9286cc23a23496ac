"""The order for an audit: the target, and where and how to judge it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from conformance.config import Target
from conformance.record import RedactedRun


@dataclass(frozen=True, slots=True)
class Commission:
    """One audit to perform. Its run file is written to `directory`, if given.

    `only` are requirement ids or areas, empty for all. `earlier` is the interrupted run in `directory`; `recorded` is
    a run to judge again. The seconds of the budget count from `started`, by `time.monotonic`.
    """

    target: Target
    directory: Path | None
    only: tuple[str, ...] = ()
    earlier: RedactedRun | None = None
    recorded: RedactedRun | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def time_is_over(self) -> str:
        """The detail of verdicts that were not reached in time; "" while there is time."""
        seconds = self.target.budget.seconds
        over = seconds is not None and time.monotonic() >= self.started + seconds
        return f"the budget of {seconds:g} seconds is spent" if over else ""
