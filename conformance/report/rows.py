"""The rows of a report: one for each requirement, with its result or the reason why it has no verdict."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.acceptance import Ruling, Status, Waiver, worst_status
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict, described

IGNORED = "silently ignored"
"""The mark of what was accepted and not honoured."""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement in the registry, with its result in the run.

    `cases` has the verdicts of the requirement's test cases, from which `verdict` was combined. `difference` explains
    why the profile expects a violation; "" if the profile expects none. `silently_ignored` is true if the requirement
    has a finding about a parameter or constraint that was accepted and not honoured. `rulings` has the gate's decision
    about each violation.
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
    page: str = ""
    """The URL of the requirement's page on the documentation site of the run; "" if there is none."""
    rulings: tuple[Ruling, ...] = ()

    @property
    def status(self) -> Status | None:
        """The requirement's status according to the waivers of a gate.

        The result is None if the run has no gate, or if the target does not violate the requirement.
        """
        return worst_status(ruling.status for ruling in self.rulings)

    @property
    def waiver(self) -> Waiver | None:
        """The first waiver that covers a violation of the requirement."""
        return next((ruling.waiver for ruling in self.rulings if ruling.waiver), None)

    @property
    def outcome(self) -> Outcome:
        """The combined outcome of all test cases of the requirement."""
        return self.verdict.outcome

    @property
    def label(self) -> str:
        """The state of the requirement with its marks, such as `passes (warned)` or `breaks (silently ignored)`."""
        said = described(self.outcome)
        return f"{said} ({IGNORED})" if self.silently_ignored else said

    @property
    def reason(self) -> Reason | None:
        """Why the requirement could not be judged, or None if it was judged."""
        return self.verdict.reason

    @property
    def causes(self) -> tuple[tuple[Finding, ...], ...]:
        """The findings grouped by cause, or by text for findings without a cause."""
        same: dict[str, list[Finding]] = {}
        for each in self.verdict.findings:
            own = each.cause if each.cause != self.requirement else ""
            same.setdefault(own or f"{each.expected}\n{each.observed}", []).append(each)
        return tuple(tuple(findings) for findings in same.values())

    @property
    def expected(self) -> str:
        """The expected behaviour according to the first finding; without findings, the requirement's statement."""
        return self.verdict.findings[0].expected if self.verdict.findings else self.statement

    @property
    def observed(self) -> str:
        """The observed behaviour according to the first finding; without findings, the verdict's detail."""
        return self.verdict.findings[0].observed if self.verdict.findings else self.verdict.detail


@dataclass(frozen=True, slots=True)
class Untested:
    """A requirement on which the run has no verdict.

    If no request can show whether the target meets the requirement, `why` gives the reason.
    """

    requirement: str
    contract: str
    area: str
    level: Level
    statement: str
    why: str = ""
