"""Findings and verdicts: a finding is one observed violation; a verdict is the decision about one requirement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from conformance.verdict.outcome import Level, Outcome, Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One observed violation: the expected behaviour, the observed behaviour, and the location.

    `expected` and `observed` are sentences or short excerpts for people. `where` is a JSON pointer into the body
    (`/choices/0/finish_reason`), an event number (`event 3 /choices/0/delta`), a header or `status`. `exchange` is the
    id of the exchange in which the violation was observed. `cause` names the fault behind the finding. All findings of
    one fault have the same `cause`, in however many exchanges the fault appears.
    """

    expected: str
    observed: str
    where: str = ""
    exchange: str = ""
    cause: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the finding as JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """Return the finding from JSON data."""
        return cls(**{name: str(data.get(name, "")) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check of a requirement, with its reason and evidence.

    `case` distinguishes several checks of one requirement (`json`, `sse`, …). `exchanges` lists the ids of all
    exchanges that the verdict is based on, the best evidence first. `detail` explains the verdict in one sentence.
    `seen` counts the exchanges that an invariant judged, and `broken` those that violate it; for other checks `broken`
    is 0. `asked` counts how often the check judged new responses, and `failed` how often the check failed; both are 0
    if the check judged only once. `difference` explains how the target's contract documents a difference from OpenAI,
    with the source; "" if there is none.
    """

    requirement: str
    level: Level
    outcome: Outcome
    case: str = ""
    reason: Reason | None = None
    detail: str = ""
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[str, ...] = ()
    seen: int = 0
    difference: str = ""
    broken: int = 0
    asked: int = 0
    failed: int = 0

    def __post_init__(self) -> None:
        if self.outcome is Outcome.INCONCLUSIVE and self.reason is None:
            raise ValueError(f"{self.requirement}: an inconclusive verdict needs a reason")
        if self.outcome in (Outcome.FAIL, Outcome.WARN) and not self.findings:
            raise ValueError(f"{self.requirement}: {self.outcome} needs a finding as evidence")

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON data."""
        return {
            "requirement": self.requirement,
            "case": self.case,
            "level": str(self.level),
            "outcome": str(self.outcome),
            "reason": str(self.reason) if self.reason else None,
            "detail": self.detail,
            "findings": [finding.to_dict() for finding in self.findings],
            "exchanges": list(self.exchanges),
            "seen": self.seen,
            **({"difference": self.difference} if self.difference else {}),
            **({"broken": self.broken} if self.broken else {}),
            **({"asked": self.asked, "failed": self.failed} if self.asked else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """Return the verdict from JSON data; raises `KeyError` or `ValueError` for invalid data."""
        detail = str(data.get("detail", ""))
        # Files of before 2026-12 say it in the detail alone.
        said = detail.removeprefix("documented difference: ") if data["outcome"] == Outcome.NOT_APPLICABLE else detail
        return cls(
            requirement=str(data["requirement"]),
            case=str(data.get("case", "")),
            level=Level(data["level"]),
            outcome=Outcome(data["outcome"]),
            reason=Reason(data["reason"]) if data.get("reason") else None,
            detail=detail,
            findings=tuple(Finding.from_dict(item) for item in data.get("findings", ())),
            exchanges=tuple(str(item) for item in data.get("exchanges", ())),
            seen=int(data.get("seen", 0)),
            difference=str(data.get("difference", said if said != detail else "")),
            broken=int(data.get("broken", 0)) or _broken_on(detail),
            asked=int(data.get("asked", 0)),
            failed=int(data.get("failed", 0)),
        )


_BROKEN_ON = re.compile(r"broken on (\d+) of \d+ exchanges")


def _broken_on(detail: str) -> int:
    """Return how many exchanges violate an invariant, for files from before 2026-12, which have it only in the detail."""
    said = _BROKEN_ON.match(detail)
    return int(said[1]) if said else 0
