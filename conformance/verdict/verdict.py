"""A finding is one broken expectation; a verdict is what was decided for one requirement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from conformance.verdict.outcome import Level, Outcome, Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where what came back is not what was expected.

    `expected` and `observed` are sentences or short excerpts for a person; `where` is a JSON pointer into the
    body (`/choices/0/finish_reason`), an event number (`event 3 /choices/0/delta`), a header or `status`;
    `exchange` is the id of the exchange that shows it; `cause` is the same string for the same fault, however
    many exchanges show it.
    """

    expected: str
    observed: str
    where: str = ""
    exchange: str = ""
    cause: str = ""

    def to_dict(self) -> dict[str, str]:
        """The finding as JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """The finding that `to_dict` wrote."""
        return cls(**{name: str(data.get(name, "")) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check of one requirement, with its reason and its evidence.

    `case` tells the checks of one requirement apart (`json`, `sse`, …). `exchanges` are the ids of all
    exchanges the verdict rests on, the telling ones first. `detail` says in one sentence what happened.
    `seen` counts how many exchanges were judged.
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

    def __post_init__(self) -> None:
        if self.outcome is Outcome.INCONCLUSIVE and self.reason is None:
            raise ValueError(f"{self.requirement}: an inconclusive verdict needs a reason")
        if self.outcome in (Outcome.FAIL, Outcome.WARN) and not self.findings:
            raise ValueError(f"{self.requirement}: {self.outcome} needs a finding as evidence")

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON data."""
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
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """The verdict that `to_dict` wrote; raises `KeyError` or `ValueError` when it is not one."""
        return cls(
            requirement=str(data["requirement"]),
            case=str(data.get("case", "")),
            level=Level(data["level"]),
            outcome=Outcome(data["outcome"]),
            reason=Reason(data["reason"]) if data.get("reason") else None,
            detail=str(data.get("detail", "")),
            findings=tuple(Finding.from_dict(item) for item in data.get("findings", ())),
            exchanges=tuple(str(item) for item in data.get("exchanges", ())),
            seen=int(data.get("seen", 0)),
        )
