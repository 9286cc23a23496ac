"""Counts what a run has spent of its budget, and detects a target that ignores token limits."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

from conformance.config.target import Prices


class BudgetExhausted(Exception):
    """The budget of the run is used up; the message names the limit."""


class Interrupted(BudgetExhausted):
    """The user stopped the run, so no more requests are sent."""

    def __init__(self) -> None:
        super().__init__("the run was interrupted")


class LimitsIgnored(BudgetExhausted):
    """The target generates many more output tokens than planned, so requests with a token limit are no longer sent."""


@dataclass(frozen=True, slots=True)
class Spent:
    """The requests and tokens that a run has used so far, and their cost.

    `output_tokens` counts the output tokens that the target reports; if it reports none, the token limit of the request
    counts.
    """

    requests: int = 0
    output_tokens: int = 0
    cost: float = 0.0


@dataclass(slots=True)
class CostMeter:
    """Counts what the ended requests of a run have cost, and what the requests in progress may cost at most."""

    prices: Prices = field(default_factory=Prices)
    budget: float | None = None
    spent: float = 0.0
    reserved: float = 0.0

    def check(self, cost: float) -> None:
        """Raise `BudgetExhausted` if a request with this maximum cost could exceed the budget."""
        if self.budget is not None and self.spent + self.reserved + cost > self.budget:
            raise BudgetExhausted(f"the cost budget of {self.budget:g} is spent")

    def reserve(self, cost: float) -> None:
        """Reserve the maximum cost of a request that is about to be sent."""
        self.reserved += cost

    def pay(self, reserved: float, input_tokens: int, output_tokens: int) -> None:
        """Count the actual cost of a request that has ended.

        `reserved` is the cost that was reserved for the request.
        """
        self.reserved -= reserved
        self.spent += self.prices.cost(input_tokens, output_tokens)


TIMES = 2
"""A target that generates more than so many times the planned output tokens ignores token limits."""
JUDGES_LIMITS: ContextVar[bool] = ContextVar("judges_limits", default=False)
"""Whether the task belongs to a probe whose check judges a token limit. Such probes are never stopped."""


@dataclass(slots=True)
class TokenPlan:
    """Counts the output tokens of a run: planned, allowed by all requests so far, and generated so far.

    `planned` is None if the number of planned tokens is unknown.

    `judges` lists the probes that test token limits; `LimitsIgnored` is never raised for these probes. A run may send
    more requests than planned, for example to confirm a failure. The number of generated tokens is compared with the
    planned or with the allowed number of tokens, whichever is larger. A target that respects token limits never
    generates more tokens than the requests allowed.
    """

    planned: int | None = None
    judges: frozenset[str] = frozenset()
    allowed: int = 0
    generated: int = 0

    def add(self, allowed: int, generated: int) -> None:
        """Add the allowed and the generated tokens of one exchange."""
        self.allowed += allowed
        self.generated += generated

    def check(self, output_tokens: int) -> None:
        """Raise `LimitsIgnored` if the target ignores token limits and the next request has a token limit.

        `output_tokens` is the token limit of the next request; 0 means that it has none.
        """
        if self.planned is None or not output_tokens or JUDGES_LIMITS.get():
            return
        most = TIMES * max(self.planned, self.allowed)
        if self.generated > most:
            raise LimitsIgnored(
                f"the target ignores token limits: it generated {self.generated:,} output tokens,"
                f" more than {TIMES} times the planned {max(self.planned, self.allowed):,}"
            )
