"""A live run: sends requests with an engine, starts with the baseline requests, and writes the run file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from conformance.auditing.commission import Commission
from conformance.auditing.outgoing import Outgoing
from conformance.auditing.preflight import Preflight, TargetUnusable, begin_look, looked
from conformance.auditing.request_plan import token_plan
from conformance.auditing.run_recorder import RunRecorder
from conformance.auditing.standing import Standing, failures
from conformance.auditing.vital_signs import ending_of, recorded_death
from conformance.config import Target
from conformance.contract import Registry
from conformance.engine import Engine, TargetDied
from conformance.verdict import Ending, Outcome, Reason
from conformance.wire import Exchange, Redactor

LONG_SECRET = 12
"""The length from which a key is not mistaken for a word of a response."""


SETTLING_S = 0.5
"""Seconds after which the first request was sent, answered or not."""


def without_long_secrets(target: Target) -> Redactor:
    """Return a redactor that removes only long secrets from responses.

    Long secrets are removed before judging, because a finding that quotes only a part of a secret would still reveal
    it. A short key (`none`, `test`) may also be an ordinary word in a response, so it is removed only when the run file
    is written.
    """
    long = (secret for secret in target.secrets if len(secret) >= LONG_SECRET)
    redactor = Redactor(long, headers=[target.key_header], second=target.second_key or "")
    return target.follow(redactor, LONG_SECRET)


def _has_short_secrets(target: Target) -> bool:
    """Return whether a secret of the target, now or later, may be too short to be removed from responses."""
    return target.tokens is not None or any(len(secret) < LONG_SECRET for secret in target.secrets)


class LiveRun:
    """A live run. Use a `LiveRun` as a context manager, and call its method `look` before anything is judged.

    The engine's thread calls `exchange` with each exchange, and `unanswered` for each request without a response.
    Raises `RunFileError` if the run file cannot be written.
    """

    def __init__(
        self,
        commission: Commission,
        registry: Registry,
        *,
        exchange: Callable[[Exchange], None] = lambda _: None,
        unanswered: Callable[[str, BaseException], None] = lambda _identity, _error: None,
    ) -> None:
        self.commission = commission
        self._registry = registry
        self.target = target = commission.target
        self.redactor = target.redactor
        recorded, earlier = commission.recorded, commission.earlier
        self.recorder = RunRecorder(
            commission.directory, self.redactor, registry, earlier, recorded, commission.only, told=exchange
        )
        self.engine = Engine(
            target,
            self.recorder.exchange,
            earlier=earlier.exchanges.values() if earlier else (),
            recorded=recorded.exchanges.values() if recorded else None,
            died=recorded_death(recorded),
            clean=(without_long_secrets(target) if _has_short_secrets(target) else self.redactor).response,
            check=Outgoing(target.profile),
            unanswered=unanswered,
            started=commission.started,
        )
        self.preflight: Preflight | None = None
        self.ending: Ending | None = None
        self.why = (Reason.INTERRUPTED, "the run ended before this was judged")
        """The detail of cases that were never judged."""

    def __enter__(self) -> Self:
        try:
            self.engine.__enter__()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(raised, TargetUnusable | TargetDied):
                self.why = (Reason.PREREQUISITE_FAILED, self.redactor.message(str(raised)))
                self._end(raised if isinstance(raised, TargetUnusable) else None)
            elif isinstance(raised, KeyboardInterrupt):
                self.recorder.interrupted = True
            self.engine.__exit__(kind, raised, trace)
            if raised is None:
                self._end(None)
        finally:
            self._close()

    def look(self) -> Preflight:
        """Send the baseline requests and open the run file.

        Raises `TargetUnusable` or `TargetDied` if nothing can be judged.
        """
        return self.looked(self.begin_look())

    def begin_look(self) -> Future[Any]:
        """Start to send the baseline requests; return when one of them is answered, or after a short time."""
        looking = begin_look(self.engine)
        looking.add_done_callback(lambda _: self.engine.begun.set())
        self.engine.begun.wait(SETTLING_S)
        return looking

    def looked(self, looking: Future[Any]) -> Preflight:
        """Wait for the baseline requests (the first requests of a run), open the run file, and return the `Preflight`.

        Raises the same exceptions as the method `look`.
        """
        tokens = token_plan(self.target, self._registry, self.commission.only)
        preflight = looked(self.engine, looking)
        if preflight.target is not self.target:
            tokens = token_plan(preflight.target, self._registry, self.commission.only)
        self.target = self.engine.target = preflight.target
        self.engine.tokens.planned, self.engine.tokens.judges = tokens.planned, tokens.judges
        self.recorder.open(preflight.target, preflight.notes)
        self.preflight = preflight
        if self.target.budget.requests is None and self.target.pace.rate is None:
            self.engine.ask_version()
        return preflight

    def standing(self, total: int) -> Standing:
        """Return the progress of the run; `total` is the number of cases."""
        verdicts = list(self.recorder.verdicts)
        begun = self.preflight is not None
        return Standing(
            done=len(verdicts),
            total=total,
            requests=self.engine.spent.requests if begun else 0,
            in_flight=self.engine.in_flight if begun else 0,
            fails=sum(verdict.outcome is Outcome.FAIL for verdict in verdicts),
            failed=failures(verdicts),
            unfinished=self.engine.unfinished() if begun else (),
        )

    def _end(self, unusable: TargetUnusable | None) -> None:
        found = ending_of(self.engine, unusable, self.commission.recorded)
        if found is not None:
            said = self.redactor.message(found.said)
            self.ending = replace(found, said=said, advice=self.redactor.message(found.advice))

    def _close(self) -> None:
        if self.preflight is None:
            self.recorder.open(self.target, (self.why[1],))
        self.recorder.close(self.engine, *self.why, self.ending)
