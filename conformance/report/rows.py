"""The rows of a report: each requirement with its result, and requirements without a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.verdict import Finding, Level, Outcome, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement from the registry, with its result in the run.

    `cases` are the verdicts it was combined from. `difference` is why the profile expects a violation, or "".
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

    @property
    def outcome(self) -> Outcome:
        """The combined outcome of all cases."""
        return self.verdict.outcome

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
