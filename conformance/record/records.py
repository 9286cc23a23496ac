"""The records of a run file: header, exchanges, verdicts, footer; and the run that they form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conformance.verdict import Ending, ExitCode, Verdict, combine, exit_code
from conformance.wire import Exchange

FORMAT = 1
"""The format of this code; a change that an older reader would misread increases it."""


@dataclass(frozen=True, slots=True)
class RunTarget:
    """The target of a run. `contracts` are the names of the loaded contracts."""

    url: str
    model: str
    profile: str
    contracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `started` is UTC in ISO 8601; `settings` are the run's options, for people and for `diff`.

    `seal` proves to the holder of the key that the target was not altered; "" if the run had no key.
    """

    suite_name: str
    suite_version: str
    target: RunTarget
    started: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    format: int = FORMAT
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Footer:
    """The last line. `interrupted`: the run was stopped by a user. `summary`: see docs/run-file.md."""

    ended: str
    complete: bool = True
    interrupted: bool = False
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truncated:
    """Replaces a last line that was truncated while it was written. `line` counts from 1."""

    line: int


Record = Header | Exchange | Verdict | Footer | Truncated


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run.

    `verdicts` are the recorded cases; `conformance.verdict.combine` merges them into one per requirement. `truncated`
    is true if the last line was truncated.
    """

    header: Header
    exchanges: Mapping[str, Exchange]
    verdicts: tuple[Verdict, ...]
    footer: Footer | None = None
    truncated: bool = False

    @property
    def complete(self) -> bool:
        """Whether the run finished: it has a footer that says so."""
        return self.footer is not None and self.footer.complete and not self.truncated

    @property
    def interrupted(self) -> bool:
        """Whether a user stopped the run, or it ended before its footer."""
        return self.footer is None or self.footer.interrupted

    @property
    def by_requirement(self) -> dict[str, Verdict]:
        """One verdict for each requirement: the most severe of its cases."""
        return combine(self.verdicts)

    @property
    def ending(self) -> Ending | None:
        """Why the run could not finish; None if nothing prevented it."""
        data = self.footer.summary.get("ending") if self.footer else None
        try:
            return Ending.from_dict(data) if isinstance(data, Mapping) else None
        except (KeyError, ValueError, TypeError):
            return None

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of `conformance run` for this run."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return self.ending.code if self.ending else exit_code(self.by_requirement.values())


def now() -> str:
    """Return the UTC time to the second, as written in run files."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
