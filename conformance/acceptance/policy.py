"""The policy of a gate: which violations fail the gate, and the effect of expired waivers, stale waivers and flaky checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.acceptance.accept import Acceptance, Ruling, Status
from conformance.acceptance.waiver import Waiver
from conformance.verdict import Level, Reason, Verdict


class FailOn(StrEnum):
    """The kinds of violation that fail the gate."""

    MUST = "must"
    """A broken MUST that the team has not accepted."""
    SHOULD = "should"
    """A broken MUST or SHOULD that the team has not accepted."""
    NEW = "new"
    """A broken MUST that neither the team accepts nor the baseline has."""
    NEVER = "never"
    """Nothing: the gate only informs."""


class Reaction(StrEnum):
    """The effect of expired waivers, stale waivers or flaky checks on the decision of a gate."""

    FAIL = "fail"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of a gate."""

    fail_on: FailOn = FailOn.MUST
    expired: Reaction = Reaction.FAIL
    stale: Reaction = Reaction.REPORT
    flaky: Reaction = Reaction.REPORT

    def fails(self, ruling: Ruling) -> bool:
        """Return whether one violation makes the gate fail."""
        if not self._counts(ruling.violation.level):
            return False
        match ruling.status:
            case Status.UNSCORED:
                return False
            case Status.UNSEEN:
                return self.fail_on is not FailOn.NEW
            case Status.ACCEPTED:
                return ruling.is_baseline and self.fail_on is not FailOn.NEW
            case Status.EXPIRED:
                return self.expired is Reaction.FAIL
            case _:
                return True

    def failing(self, acceptance: Acceptance) -> tuple[str, ...]:
        """Return the requirements that make the gate fail, in the order of `acceptance.rulings`."""
        return tuple(dict.fromkeys(each.violation.requirement for each in acceptance.rulings if self.fails(each)))

    def fails_flaky(self, verdict: Verdict) -> bool:
        """Return whether a flaky verdict (repetitions of the check did not confirm the failure) makes the gate fail."""
        return self.flaky is Reaction.FAIL and verdict.reason is Reason.FLAKY and self._counts(verdict.level)

    def _counts(self, level: Level) -> bool:
        """Return whether requirements of a level can fail the gate."""
        levels = (Level.MUST, Level.SHOULD) if self.fail_on is FailOn.SHOULD else (Level.MUST,)
        return self.fail_on is not FailOn.NEVER and level in levels

    def failing_waivers(self, acceptance: Acceptance) -> Sequence[Waiver]:
        """Return the stale waivers if the policy says that stale waivers fail the gate; otherwise return nothing."""
        return acceptance.stale if self.stale is Reaction.FAIL and self.fail_on is not FailOn.NEVER else ()
