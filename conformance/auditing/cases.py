"""Saves each generated case that failed as a file in the folder of the run; a user can repeat that case alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from conformance.api import OPERATIONS
from conformance.checks.generated.fault import Fault
from conformance.checks.generated.saved import AREA, broken_cases
from conformance.engine import BudgetExhausted, Engine, NoSuchOperation, ProbeKey, Transport
from conformance.reply import NotAnswered
from conformance.verdict import Verdict
from conformance.wire import Redactor

_STAGED = [ProbeKey(operation.generated, Transport.JSON) for operation in OPERATIONS if operation.generated]


def save_cases(directory: Path, verdicts: Sequence[Verdict], engine: Engine, redactor: Redactor) -> None:
    """Save every failed generated case of a run; errors while writing are ignored. The function sends no requests."""
    if not any(verdict.requirement.startswith(AREA) and verdict.findings for verdict in verdicts):
        return
    faults: list[tuple[str, Fault]] = []
    for key in _STAGED:
        if key in engine.staged:
            with suppress(NotAnswered, NoSuchOperation, BudgetExhausted):  # then there is none to be saved
                faults += [(reply.exchange.id, fault) for fault, reply in engine.result(key).faults]
    for case in broken_cases(verdicts, engine.exchanges, faults, engine.target.seed):
        clean = replace(case, body=redactor.text(case.body), observed=redactor.text(case.observed))
        try:
            clean.write(directory)
        except OSError:
            return
