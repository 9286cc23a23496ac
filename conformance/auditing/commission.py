"""What whoever starts an audit hands over to it, once: the target, and where and how it is to be judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from conformance.config import Target
from conformance.record import RedactedRun


@dataclass(frozen=True, slots=True)
class Commission:
    """One audit to be made. Its run file is written to `directory`; without one, none is.

    `only` are requirement ids or areas, all when empty. `earlier` is the interrupted run that `directory` holds;
    `recorded` is a run that is judged again. The seconds of the budget count from `started`, by `time.monotonic`.
    """

    target: Target
    directory: Path | None
    only: tuple[str, ...] = ()
    earlier: RedactedRun | None = None
    recorded: RedactedRun | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def time_is_over(self) -> str:
        """What a verdict says that does not come in time; "" while there is time."""
        seconds = self.target.budget.seconds
        over = seconds is not None and time.monotonic() >= self.started + seconds
        return f"the budget of {seconds:g} seconds is spent" if over else ""
