"""Describes why a run could not finish: the target died, was unreachable, or rejected the API key."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.auditing.preflight import TargetUnusable
from conformance.engine import Death, Engine
from conformance.engine.liveness import GONE
from conformance.record import RedactedRun
from conformance.verdict import Ending, ExitCode
from conformance.wire import Exchange

RESUME = (
    "Look into the target's log at the time of that request, restart it, and go on with"
    " `conformance run --resume FOLDER`."
)


def recorded_death(run: RedactedRun | None) -> Death | None:
    """Return how the target of a recorded run died; None if the target did not die.

    If a replay gets the returned `Death`, the replay regards the target as dead after the same exchange as the recorded
    run.
    """
    ending = run.ending if run is not None else None
    if run is None or ending is None or not ending.exchanges:
        return None
    last, *others = ending.exchanges
    failed = (each for each in run.exchanges.values() if each.failure is not None and each.failure.kind in GONE)
    refused = tuple(each.id for each in failed if each.status is None and each.id not in ending.exchanges)
    seen = run.exchanges.get(last)
    return Death(last, tuple(others), refused, answered=seen is not None and seen.failure is None)


def ending_of(engine: Engine, unusable: TargetUnusable | None, recorded: RedactedRun | None) -> Ending | None:
    """Return why the run ended early, or None if it was completed.

    For a replay, return why the `recorded` run ended early.
    """
    before = recorded.ending if recorded is not None else None
    if before is not None:
        return before
    if engine.death is not None:
        return Ending(
            ExitCode.TARGET_GONE,
            _obituary(engine.death, engine.exchanges),
            RESUME,
            (engine.death.last, *engine.death.others),
        )
    return Ending(unusable.code, f"{unusable}.") if unusable is not None else None


def _obituary(death: Death, exchanges: Mapping[str, Exchange]) -> str:
    last = exchanges.get(death.last)
    named = f"{death.last} ({last.request.method} {last.request.path})" if last else death.last
    said = "the last request that it answered" if death.answered else "the last request that it was handling"
    if death.others:
        verb = "was" if len(death.others) == 1 else "were"
        said += f" ({_listed(death.others)} {verb} in flight as well)"
    return (
        f"The target died after {named}, {said}. It answered in none of {death.looks} looks over"
        f" {death.seconds:g} s ({death.why}), so nothing more was sent."
    )


def _listed(names: tuple[str, ...]) -> str:
    shown = names[:8]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(shown) + more
