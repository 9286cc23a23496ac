"""How an audit ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.auditing.standing import Standing
from conformance.verdict import Ending, Outcome, Verdict

Watch = Callable[[Standing], None]
"""Is called with how far an audit is, a few times a second."""


@dataclass(frozen=True, slots=True)
class Audited:
    """How an audit ended. `ending` says what kept it from its end; `trouble` is what went wrong with us."""

    exit_code: int
    verdicts: tuple[Verdict, ...]
    interrupted: bool = False
    ending: Ending | None = None
    trouble: str = ""

    @property
    def unusable(self) -> str:
        """Why nothing could be judged at all; "" when something was."""
        judged = any(verdict.outcome is not Outcome.INCONCLUSIVE for verdict in self.verdicts)
        return self.ending.said if self.ending and not judged else ""
