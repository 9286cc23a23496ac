"""The rows of a report: each requirement with its result, and requirements without a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.acceptance import Ruling, Status, Waiver, worst_status
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict, described

IGNORED = "silently ignored"
"""The mark of what was accepted and not honoured."""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement from the registry, with its result in the run.

    `cases` are the verdicts it was combined from. `difference` is why the profile expects a violation, or "".
    `silently_ignored` means that its finding is a parameter or constraint that was accepted and not honoured.
    `rulings` are what a gate says about its violations.
    """

    requirement: str
    contract: str
    area: str
    level: Level
    statement: str
    verdict: Verdict
    cases: tuple[Verdict, ...]
    basis: str = ""
    source: str = ""
    impact: str = ""
    fix: str = ""
    model: str = ""
    difference: str = ""
    silently_ignored: bool = False
    rulings: tuple[Ruling, ...] = ()

    @property
    def status(self) -> Status | None:
        """What the waivers of a gate say about it; None without a gate, and for a requirement that is not broken."""
        return worst_status(ruling.status for ruling in self.rulings)

    @property
    def waiver(self) -> Waiver | None:
        """The first waiver that covers a violation of it."""
        return next((ruling.waiver for ruling in self.rulings if ruling.waiver), None)

    @property
    def outcome(self) -> Outcome:
        """The combined outcome of all cases."""
        return self.verdict.outcome

    @property
    def label(self) -> str:
        """The state of the requirement, with its marks: `passes (warned)`, `breaks (silently ignored)`."""
        said = described(self.outcome)
        return f"{said} ({IGNORED})" if self.silently_ignored else said

    @property
    def reason(self) -> Reason | None:
        """Why it could not be judged, or None."""
        return self.verdict.reason

    @property
    def causes(self) -> tuple[tuple[Finding, ...], ...]:
        """The findings grouped by cause, or by text if they have none."""
        same: dict[str, list[Finding]] = {}
        for each in self.verdict.findings:
            own = each.cause if each.cause != self.requirement else ""
            same.setdefault(own or f"{each.expected}\n{each.observed}", []).append(each)
        return tuple(tuple(findings) for findings in same.values())

    @property
    def expected(self) -> str:
        """What the first finding expected; without one, the requirement's statement."""
        return self.verdict.findings[0].expected if self.verdict.findings else self.statement

    @property
    def observed(self) -> str:
        """What the first finding observed; without one, the verdict's detail."""
        return self.verdict.findings[0].observed if self.verdict.findings else self.verdict.detail


@dataclass(frozen=True, slots=True)
class Untested:
    """A requirement without a verdict; `why` is the registry's reason if no request can show it."""

    requirement: str
    contract: str
    area: str
    level: Level
    statement: str
    why: str = ""
