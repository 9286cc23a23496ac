"""An audit in a process of its own, which is ended when it does not end in its time: not every hang can be interrupted."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from conformance.auditing.audited import Audited, Watch
from conformance.auditing.run_recorder import header
from conformance.auditing.standing import Standing
from conformance.config import Target
from conformance.contract import load_registry
from conformance.plugin.runner import audit
from conformance.record import Footer, RedactedRun, RunFileError, now, read_run
from conformance.record.finish import finish_run
from conformance.verdict import Ending, ExitCode, Outcome, Reason, Verdict, combine, exit_code

GRACE_S = 0.5
"""Seconds after the run's own for it to end by itself, and to write its file to the end."""
INTERRUPTED_S = 10.0
"""Seconds after an interrupt."""


def supervised(
    target: Target,
    directory: Path,
    started: float,
    *,
    only: Sequence[str] = (),
    watch: Watch | None = None,
    alluredir: Path | None = None,
    earlier: RedactedRun | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Audited:
    """`audit`, ended at most a second after the target's `budget.seconds`, counted from `started`.

    Without such a budget, or where there is no `fork`, it is `audit` itself. Raises as `audit` does.
    `meanwhile` is done while another process audits.
    """
    seconds = target.budget.seconds
    if seconds is None or not hasattr(os, "fork"):
        return audit(target, directory, only=only, watch=watch, alluredir=alluredir, earlier=earlier, started=started)
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        os.close(reading)

        def work(tell: Watch) -> Audited:
            return audit(
                target, directory, only=only, watch=tell, alluredir=alluredir, earlier=earlier, started=started
            )

        _work(writing, work)
    os.close(writing)
    seen = _Seen(watch)
    try:
        meanwhile()
        ended = _follow(reading, child, started + seconds + GRACE_S, seen)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if seen.result is not None:
        return _audited(seen.result, directory)
    if not ended:
        raise KeyboardInterrupt
    return _stopped(target, directory, only, seen, started)


def _work(writing: int, work: Callable[[Watch], Audited]) -> NoReturn:
    """The child: audits, tells how far it is and how it ended, and is gone, whatever its threads still do."""
    with contextlib.suppress(BaseException), open(writing, "w", encoding="ascii") as told:

        def tell(said: dict[str, Any]) -> None:
            try:
                print(json.dumps(said), file=told, flush=True)
            except BrokenPipeError:  # nobody waits for this any more
                os._exit(ExitCode.HARNESS_ERROR)

        try:
            audited = work(lambda tally: tell({"tally": asdict(tally)}))
        except RunFileError as error:
            tell({"result": {"refused": [str(error.path), error.line, error.message]}})
        except KeyboardInterrupt:
            tell({"result": {"interrupted": True}})
        except BaseException as error:  # noqa: BLE001 - told to the parent, which says it
            tell({"result": {"trouble": f"{type(error).__name__}: {error}"}})
        else:
            ending = audited.ending.to_dict() if audited.ending else None
            words = {"exit_code": int(audited.exit_code), "interrupted": audited.interrupted, "ending": ending}
            tell(
                {
                    "result": {
                        **words,
                        "trouble": audited.trouble,
                        "leads": bool(audited.ending and audited.ending.leads),
                    }
                }
            )
    os._exit(0)


@dataclass
class _Seen:
    """What the child has told so far."""

    watch: Watch | None
    tally: Standing | None = None
    result: dict[str, Any] | None = None
    rest: bytes = field(default=b"")

    def take(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            self.result = said.get("result", self.result)
            if "tally" in said:
                owed = tuple((name, case) for name, case in said["tally"].pop("owed"))
                left = tuple(said["tally"].pop("left_behind"))
                self.tally = Standing(**said["tally"], owed=owed, left_behind=left)
                if self.watch is not None:
                    self.watch(self.tally)


def _follow(reading: int, child: int, until: float, seen: _Seen) -> bool:
    """Read what the child tells until it has ended or its time is over; false when it was interrupted, and did not end.

    An interrupt reaches the child as well, where a terminal made it; a second one ends it.
    """
    interrupts = 0
    with _passing_on(child):
        while seen.result is None and (left := until - time.monotonic()) > 0:
            try:
                ready, _, _ = select.select([reading], [], [], left)
                data = os.read(reading, 65_536) if ready else b""
                if ready and not data:
                    break
                seen.take(data)
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts > 1:
                    return False
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGINT)
                until = min(until, time.monotonic() + INTERRUPTED_S)
    return not interrupts


@contextlib.contextmanager
def _passing_on(child: int) -> Iterator[None]:
    """A signal that ends this process ends the child, too."""

    def end(number: int, _frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    try:
        before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGHUP)}
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _audited(result: dict[str, Any], directory: Path) -> Audited:
    if "refused" in result:
        path, line, message = result["refused"]
        raise RunFileError(Path(path), line, message)
    if "exit_code" not in result:
        if result.get("interrupted"):
            raise KeyboardInterrupt
        return Audited(ExitCode.HARNESS_ERROR, (), trouble=result["trouble"])
    file = directory / "run.ndjson"
    verdicts = tuple(read_run(file).verdicts) if file.exists() and not result["trouble"] else ()
    ending = Ending.from_dict(result["ending"]) if result["ending"] else None
    return Audited(result["exit_code"], verdicts, result["interrupted"], ending, result["trouble"])


def _stopped(target: Target, directory: Path, only: Sequence[str], seen: _Seen, started: float) -> Audited:
    """End the run file of a child that was ended, and say what of it was judged."""
    registry, tally = load_registry(), seen.tally
    why = f"the budget of {target.budget.seconds:g} seconds is spent, and the check was still judging"
    owed = [
        Verdict(name, registry[name].level, Outcome.INCONCLUSIVE, case, Reason.BUDGET_EXHAUSTED, why)
        for name, case in (tally.owed if tally else ())
        if name in registry
    ]
    summary = {
        "requests": tally.requests if tally else 0,
        "output_tokens": tally.output_tokens if tally else 0,
        "seconds": round(time.monotonic() - started, 3),
        "left_behind": list(tally.left_behind) if tally else [],
    }
    footer = Footer(ended=now(), interrupted=False, summary=summary)
    file = directory / "run.ndjson"
    finish_run(file, header(target, ("Stopped: its time was over.",), only), owed, footer, target.redactor)
    verdicts = tuple(read_run(file).verdicts)
    return Audited(exit_code(combine(verdicts).values()), verdicts)
