"""Save the generated cases that broke a requirement beside the run file, so that each can be repeated alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from conformance.checks.generated.fault import Fault
from conformance.checks.generated.saved import AREA, broken_cases
from conformance.engine import Engine, ProbeKey, Transport
from conformance.verdict import Verdict
from conformance.wire import Redactor

_FAULTS = ProbeKey("generated_invalid", Transport.JSON)


def save_cases(directory: Path, verdicts: Sequence[Verdict], engine: Engine, redactor: Redactor) -> None:
    """Write every broken generated case of a run; what cannot be written is not worth the run. Sends nothing."""
    if not any(verdict.requirement.startswith(AREA) and verdict.findings for verdict in verdicts):
        return
    faults: list[tuple[str, Fault]] = []
    if _FAULTS in engine.staged:
        faults = [(reply.exchange.id, fault) for fault, reply in engine.result(_FAULTS).sent]
    for case in broken_cases(verdicts, engine.exchanges, faults, engine.target.seed):
        clean = replace(case, body=redactor.text(case.body), observed=redactor.text(case.observed))
        try:
            clean.write(directory)
        except OSError:
            return
