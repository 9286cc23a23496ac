"""The budget of a run and what the run has spent; detects a target that ignores token limits."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


class BudgetExhausted(Exception):
    """The budget of the run is used up; the message names the limit."""


class Interrupted(BudgetExhausted):
    """The user stopped the run, so no more requests are sent."""

    def __init__(self) -> None:
        super().__init__("the run was interrupted")


class LimitsIgnored(BudgetExhausted):
    """The target generates many more output tokens than planned, so that requests with a token limit are no longer sent."""


@dataclass(frozen=True, slots=True)
class Spent:
    """The requests, tokens and time that a run has used so far.

    `output_tokens` has the number that the target reports, or the requested limit if the target reports none.
    """

    requests: int = 0
    output_tokens: int = 0


TIMES = 2
"""A target that generates more than so many times the planned output tokens ignores token limits."""
JUDGES_LIMITS: ContextVar[bool] = ContextVar("judges_limits", default=False)
"""Whether the task belongs to a probe whose check judges a token limit. Such probes are never stopped."""


@dataclass(slots=True)
class TokenPlan:
    """The output tokens of a run: planned (None: unknown), allowed by the requests so far, and generated.

    `judges` lists the probes whose checks judge token limits. A run may send more requests than planned, for example to
    confirm a failure, so the larger of plan and allowance counts. A target that respects token limits never generates
    more tokens than the requests allowed.
    """

    planned: int | None = None
    judges: frozenset[str] = frozenset()
    allowed: int = 0
    generated: int = 0

    def add(self, allowed: int, generated: int) -> None:
        """Count one exchange."""
        self.allowed += allowed
        self.generated += generated

    def check(self, output_tokens: int) -> None:
        """Raise `LimitsIgnored` for a request with this token limit if the target ignores limits.

        A limit of 0 means no limit.
        """
        if self.planned is None or not output_tokens or JUDGES_LIMITS.get():
            return
        most = TIMES * max(self.planned, self.allowed)
        if self.generated > most:
            raise LimitsIgnored(
                f"the target ignores token limits: it generated {self.generated:,} output tokens,"
                f" more than {TIMES} times the planned {max(self.planned, self.allowed):,}"
            )
