"""A finding is one broken expectation; a verdict is what was decided for one requirement."""

from __future__ import annotations

import re
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
    `seen` counts how many exchanges were judged, `broken` on how many of them an invariant was broken (0 where a check
    judged, which knows its findings alone). `difference` says where the target's own contract documents that it
    differs from OpenAI here, with the source; "" when it does not.
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
            **({"difference": self.difference} if self.difference else {}),
            **({"broken": self.broken} if self.broken else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """The verdict that `to_dict` wrote; raises `KeyError` or `ValueError` when it is not one."""
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
        )


_BROKEN_ON = re.compile(r"broken on (\d+) of \d+ exchanges")


def _broken_on(detail: str) -> int:
    """On how many exchanges an invariant was broken, from files of before 2026-12, which say it in the detail alone."""
    said = _BROKEN_ON.match(detail)
    return int(said[1]) if said else 0
