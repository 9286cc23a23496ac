"""Runs one audit without a second process, which is faster for tests that audit endpoints hundreds of times.

Code outside the tests should use `conformance.auditing.conduct.audit`, which continues when a check hangs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from conformance.auditing.audited import Audited
from conformance.auditing.cases import save_cases
from conformance.auditing.commission import Commission
from conformance.auditing.live_run import LiveRun
from conformance.auditing.plan import Plan, plan
from conformance.auditing.preflight import TargetUnusable
from conformance.config import Target
from conformance.contract import Registry, load_registry, selected
from conformance.engine import TargetDied
from conformance.judging.checking import Checking
from conformance.judging.run_judge import RunJudge
from conformance.judging.two_contracts import comparison
from conformance.record import RedactedRun, redacted_verdict
from conformance.verdict import ExitCode, Reason, combine, exit_code


def audit(
    target: Target,
    directory: Path,
    *,
    only: Sequence[str] = (),
    earlier: RedactedRun | None = None,
    recorded: RedactedRun | None = None,
    started: float | None = None,
) -> Audited:
    """Audit a target and write `directory/run.ndjson`.

    The parameters have the same meaning as for `conformance.auditing.conduct.audit`. If `recorded` (a run to judge
    again) is given, no requests are sent: probes get the recorded responses.
    """
    begun = time.monotonic() if started is None else started
    commission = Commission(target, directory, tuple(only), earlier, recorded, begun)
    registry = load_registry()
    selected(registry, commission.only)
    planned = plan(target, registry, commission.only)
    if not planned.cases:
        return Audited(ExitCode.NOTHING_JUDGED, ())
    live = LiveRun(commission, registry)
    live.recorder.owed = dict.fromkeys(planned.cases)
    interrupted = False
    try:
        with live:
            _judge_all(live, registry, planned)
    except (TargetUnusable, TargetDied):
        pass  # the ending tells
    except KeyboardInterrupt:
        interrupted = True
    recorder, ending = live.recorder, live.ending
    if recorder.lost is not None:
        raise recorder.lost
    verdicts = tuple(recorder.verdicts)
    code = ending.code if ending else exit_code(combine(verdicts).values())
    return Audited(ExitCode.INTERRUPTED if interrupted else code, verdicts, interrupted, ending)


def _judge_all(live: LiveRun, registry: Registry, planned: Plan) -> None:
    """Send all probes, record the verdict of each case, save failed cases, and compare the target's document."""
    preflight = live.look()
    judge = RunJudge(live.engine, registry, preflight.accepts_everything)
    live.engine.start(planned.keys, planned.later)
    live.engine.clean_up()
    checking, recorder = Checking(live.engine, judge), live.recorder
    for check, case in planned.in_order:
        over = live.commission.time_is_over
        if over:
            recorder.unjudged(check.requirement, case, Reason.BUDGET_EXHAUSTED, over)
        else:
            recorder.verdict(redacted_verdict(checking.verdict(check, case), live.redactor))
        if recorder.lost is not None:
            return
    if live.commission.directory is not None:
        save_cases(live.commission.directory, recorder.verdicts, live.engine, live.redactor)
    compared = comparison(live.target, judge, live.redactor)
    if compared:
        recorder.contracts = dict(compared)
