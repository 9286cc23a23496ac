"""Conducts one audit: the auditing process sends and records requests, and a separate judging process judges.

The function `judge` judges a recorded run again, without sending requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from conformance.auditing.audited import Audited, Watch
from conformance.auditing.cases import save_cases
from conformance.auditing.channel import JudgingOrder
from conformance.auditing.commission import Commission
from conformance.auditing.feed import Feed
from conformance.auditing.judging_process import JudgingProcess
from conformance.auditing.live_run import LiveRun, without_long_secrets
from conformance.auditing.plan import plan
from conformance.auditing.preflight import TargetUnusable
from conformance.auditing.run_recorder import RunRecorder
from conformance.auditing.sides import LiveSide, ReplayedSide
from conformance.auditing.supervision import Patience, Supervision
from conformance.config import Target
from conformance.contract import load_registry, selected
from conformance.contract.packs import given_packs
from conformance.engine import TargetDied
from conformance.judging.recorded_target import without_credentials
from conformance.record import RedactedRun
from conformance.verdict import Ending, ExitCode, Reason, combine, exit_code

CHECK_S = 60.0
"""Maximum seconds for one check. The longest takes a second, or a few on a busy machine."""


def audit(
    target: Target,
    directory: Path,
    *,
    only: Sequence[str] = (),
    watch: Watch | None = None,
    earlier: RedactedRun | None = None,
    started: float | None = None,
    check_s: float = CHECK_S,
    meanwhile: Callable[[], object] = lambda: None,
) -> Audited:
    """Audit a target and write `directory/run.ndjson`; raises `RunFileError` if the file cannot be completed.

    `earlier` is the interrupted run in `directory`: its answered requests are not sent again, and the new run file
    replaces its run file. `only` lists ids of requirements or areas. The time budget starts at `started`, a value of
    `time.monotonic` (default: now). `check_s` is the time limit for one check, in seconds. `watch` is a function that
    is called a few times per second. `meanwhile` is a function that runs while the first requests are in progress.

    Raises `SpecError` or `UnknownName` if the arguments are invalid. If the target fails or the user interrupts the
    run, no exception is raised: the returned object describes how the run ended.
    """
    commission = Commission(
        target, directory, tuple(only), earlier, None, time.monotonic() if started is None else started
    )
    registry = load_registry()
    selected(registry, commission.only)
    if only and not plan(target, registry, commission.only).cases:
        return Audited(ExitCode.NOTHING_JUDGED, ())
    feed = Feed(without_long_secrets(target))
    live = LiveRun(commission, registry, exchange=feed.exchange, unanswered=feed.unanswered)
    supervision: Supervision | None = None
    try:
        with live:
            looking = live.begin_look()
            process = JudgingProcess(hidden=target.key_variables)
            try:
                planned = plan(target, registry, commission.only)
                live.recorder.owed = dict.fromkeys(planned.cases)
                meanwhile()
                preflight = live.looked(looking)
                order = JudgingOrder(
                    without_credentials(preflight.target),
                    commission.only,
                    packs=given_packs(),
                )
                side = LiveSide(live, feed, watch, order, planned)
                supervision = Supervision(side, _patience(commission, check_s))
                supervision.run(side.begin(process, alone=False))
            finally:
                process.end()
            _all_judged(supervision, live.recorder)
            live.why = supervision.why
            live.recorder.interrupted = supervision.interrupted
            if not supervision.interrupted:
                save_cases(directory, live.recorder.verdicts, live.engine, live.redactor)
    except (TargetUnusable, TargetDied):
        return _audited(live.recorder, live.ending)
    except KeyboardInterrupt:
        return _audited(live.recorder, live.ending, interrupted=True)
    return _audited(live.recorder, live.ending, supervision)


def judge(
    recorded: RedactedRun,
    file: Path,
    target: Target,
    directory: Path,
    *,
    only: Sequence[str] = (),
    watch: Watch | None = None,
    check_s: float = CHECK_S,
) -> Audited:
    """Judge a recorded run again and write `directory/run.ndjson`.

    `judge` sends no requests: the probes get the recorded responses. `recorded` is the run that was read from `file`,
    and `target` is the result of `judging.recorded_target`. The parameters that `judge` and `audit` share have the same
    meaning in both.
    """
    registry = load_registry()
    selected(registry, only)
    redactor = target.redactor
    recorder = RunRecorder(directory, redactor, registry, recorded=recorded, only=only)
    ending, why = recorded.ending, (Reason.INTERRUPTED, "the run ended before this was judged")
    supervision: Supervision | None = None
    try:
        order = JudgingOrder(without_credentials(target), tuple(only), recorded=file.resolve(), packs=given_packs())
        side = ReplayedSide(recorder, watch, order)
        supervision = Supervision(side, Patience(check_s))
        supervision.run()
        _all_judged(supervision, recorder)
        why = supervision.why
        if supervision.unusable is not None:
            code, said = supervision.unusable
            why = (Reason.PREREQUISITE_FAILED, said)
            ending = ending or Ending(code, f"{said}.")
    finally:
        recorder.close(None, *why, ending)
    return _audited(recorder, ending, supervision)


def _all_judged(supervision: Supervision, recorder: RunRecorder) -> None:
    """A judging process that ends silently, and leaves cases without a verdict, is a fault of the suite."""
    if supervision.came_to_its_end and recorder.owed:
        name, case = next(iter(recorder.owed))
        supervision.trouble = f"{len(recorder.owed)} planned cases were not judged, the first is {name} {case}".rstrip()


def _patience(commission: Commission, check_s: float) -> Patience:
    seconds = commission.target.budget.seconds
    if seconds is None:
        return Patience(check_s)
    return Patience(check_s, commission.started + seconds, f"the budget of {seconds:g} seconds is spent")


def _audited(
    recorder: RunRecorder,
    ending: Ending | None,
    supervision: Supervision | None = None,
    *,
    interrupted: bool = False,
) -> Audited:
    """Return the result. Raises `RunFileError` if the run file could not be completed."""
    if recorder.lost is not None:
        raise recorder.lost
    verdicts = tuple(recorder.verdicts)
    if supervision is not None and supervision.trouble:
        return Audited(ExitCode.HARNESS_ERROR, verdicts, trouble=recorder.redactor.message(supervision.trouble))
    if interrupted or (supervision is not None and supervision.interrupted):
        return Audited(ExitCode.INTERRUPTED, verdicts, True, ending)
    return Audited(ending.code if ending else exit_code(combine(verdicts).values()), verdicts, ending=ending)
