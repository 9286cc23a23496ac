"""Defines the class `Audited`, which is the result of one audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.auditing.standing import Standing
from conformance.verdict import Ending, Outcome, Verdict

Watch = Callable[[Standing], None]
"""Called with the progress of an audit, a few times per second."""


@dataclass(frozen=True, slots=True)
class Audited:
    """The result of one audit: its verdicts, its exit code, and why it ended early if it did.

    `ending` says why the audit could not finish; it is None if the audit finished. `trouble` describes a failure of the
    suite itself.
    """

    exit_code: int
    verdicts: tuple[Verdict, ...]
    interrupted: bool = False
    ending: Ending | None = None
    trouble: str = ""

    @property
    def unusable(self) -> str:
        """Why no requirement could be judged; "" if at least one requirement was judged."""
        judged = any(verdict.outcome is not Outcome.INCONCLUSIVE for verdict in self.verdicts)
        return self.ending.said if self.ending and not judged else ""
