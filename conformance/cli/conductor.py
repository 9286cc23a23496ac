"""Conducts each of several audits in a separate process, and tells the user when each audit begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from conformance.cli.say import harmless
from conformance.fleet import AuditBudget, FleetAudit, FleetLayout
from conformance.fleet.side_by_side import Crew
from conformance.options import Given, Layer, TargetError

if TYPE_CHECKING:
    from conformance.cli.audit_process import AuditProcess


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of one audit: its exit code and the folder of its reports.

    `folder` is None if the audit wrote no files. `why` says why there is no report.
    """

    code: int
    folder: Path | None
    why: str = ""


@dataclass(slots=True)
class Conductor:
    """Conducts the audits, and tells the user which audit begins and ends."""

    layers: Mapping[str, Layer]
    layout: FleetLayout
    given: Callable[[Layer], Finished] | None
    quiet: bool
    total: int
    begun: int = 0
    interrupted: bool = False
    running: dict[str, AuditProcess] = field(default_factory=dict)

    def crew(self, spent_in: Callable[[Path | None], AuditBudget]) -> Crew[Finished]:
        """Return the functions that `run_side_by_side` calls."""
        from conformance.verdict import ExitCode

        return Crew(
            self._audit,
            lambda done: spent_in(done.folder),
            self._began,
            self._ended,
            self._interrupt,
            lambda done: done.code == ExitCode.INTERRUPTED,
        )

    def _audit(self, audit: FleetAudit, budget: AuditBudget) -> Finished:
        layer = {**self.layers[audit.name], **_budget(budget)}
        try:
            return self.given(layer) if self.given else self._in_process(audit, layer)
        except TargetError as error:
            return _failed(str(error))

    def _in_process(self, audit: FleetAudit, layer: Layer) -> Finished:
        from conformance.cli.audit_process import AuditProcess
        from conformance.verdict import ExitCode

        process = self.running[audit.name] = AuditProcess(layer)
        result = process.result()
        del self.running[audit.name]
        for line in process.errors:
            typer.echo(f"{audit.name}: {harmless(line)}", err=True)
        if result is None:
            folder = self.layout.run_folder(audit.name)
            return Finished(ExitCode.HARNESS_ERROR, folder if folder.is_dir() else None, "The audit's process crashed.")
        return Finished(*result)

    def _began(self, audit: FleetAudit) -> None:
        self.begun += 1
        if not self.quiet:
            typer.echo(harmless(f"{audit.name} ({self.begun} of {self.total})"), err=True)

    def _ended(self, audit: FleetAudit, done: Finished) -> None:
        if not self.quiet:
            typer.echo(harmless(f"{audit.name} ended with exit code {done.code}"), err=True)
        if done.why:
            typer.echo(f"conformance: {harmless(f'{audit.name}: {done.why}')}", err=True)

    def _interrupt(self) -> None:
        self.interrupted = True
        for process in list(self.running.values()):
            process.interrupt()


def _failed(why: str) -> Finished:
    from conformance.verdict import ExitCode

    return Finished(ExitCode.USAGE, None, why)


def _budget(budget: AuditBudget) -> Layer:
    limits = {
        "max_requests": budget.requests,
        "max_output_tokens": budget.output_tokens,
        "max_cost": budget.cost,
    }
    return {name: Given(value, name) for name, value in limits.items() if value is not None}
