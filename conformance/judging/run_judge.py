"""Judges one run: turns the results of its checks and the findings of its invariants into verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from conformance.checks.judgement import Judgement
from conformance.checks.language import Inconclusive
from conformance.config import Depth
from conformance.contract import ModelDependence, Registry, load_features
from conformance.contract.error_rates import rates_of
from conformance.engine import CLEANUP, BudgetExhausted, Engine, ProbeKey
from conformance.judging.baseline import baseline
from conformance.judging.confirm import confirmed, repeated
from conformance.judging.control import Controls
from conformance.judging.decide import Case, decide
from conformance.judging.tally import Judging, Tally
from conformance.reply import NotAnswered
from conformance.verdict import Outcome, Reason, Verdict
from conformance.wire import Exchange

NOT_ASKED = Inconclusive(Reason.NOT_ASKED, "the requests of this run do not show this")


def _saw_nothing(verdict: Verdict) -> bool:
    return not verdict.seen and verdict.outcome is Outcome.NOT_APPLICABLE


class RunJudge:
    """Makes the verdicts of a run, live or replayed, from the exchanges of its engine.

    `accepts_everything` describes how the target answers requests that make no sense; "" if the target rejects them.
    """

    def __init__(
        self, engine: Engine, registry: Registry, accepts_everything: str = "", *, alone: bool = False
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._accepts_everything = accepts_everything
        self._alone = alone
        self._features = load_features()

    def check(
        self, requirement: str, case: str, keys: Iterable[ProbeKey], raised: BaseException | None, *, acceptance: bool
    ) -> Verdict:
        """Return the verdict of a check that used the given probes; `raised` is the exception that it raised, or None.

        `acceptance` is true if the check expects a status of 200 and nothing else.
        """
        staged = {name for key in keys for name in self._engine.staged.get(key, ())}
        given = self._case(requirement, case, tuple(sorted(staged)), acceptance=acceptance)
        return decide(given, raised, self._engine.exchanges)

    def checked(
        self,
        requirement: str,
        case: str,
        keys: Sequence[ProbeKey],
        judge: Callable[[int], BaseException | None],
        *,
        acceptance: bool,
    ) -> Verdict:
        """Return the verdict of a check; if a failure must be confirmed, the check is repeated with new responses.

        `judge` is a function that runs the check with the results of one execution of its probes. The argument of
        `judge` is the number of the execution; `judge` returns the exception that the check raised, or None.
        """

        def ask(numbers: Sequence[int]) -> Iterator[Verdict]:
            again = [[key._replace(again=number) for key in keys] for number in numbers]
            self._engine.repeat(key for each in again for key in each)
            for number, each in zip(numbers, again, strict=True):
                yield self.check(requirement, case, each, judge(number), acceptance=acceptance)

        first = self.check(requirement, case, keys, judge(0), acceptance=acceptance)
        times = self._engine.target.repeat
        if times > 1:
            return repeated(first, times, ask) if keys else first
        return confirmed(first, rates_of(requirement), ask) if self._is_sampled(requirement) else first

    def _is_sampled(self, requirement: str) -> bool:
        """Return whether a verdict may depend on the model's words, and thus on chance."""
        return self._registry[requirement].model is not ModelDependence.NONE

    def invariant(self, requirement: str) -> Verdict:
        """Wait until all probes have ended, then return the verdict of one invariant.

        A violation that may be due to chance is confirmed: the probe whose exchange shows the violation is repeated.
        """
        first = self._invariant(requirement)
        shown = (self._engine.exchanges.get(finding.exchange) for finding in first.findings)
        key = next((key for each in shown if each and (key := ProbeKey.read(each.probe))), None)
        if key is None or not self._is_sampled(requirement):
            return first

        def ask(numbers: Sequence[int]) -> Iterator[Verdict]:
            keys = [key._replace(again=self._engine.target.repeat - 1 + number) for number in numbers]
            self._engine.repeat(keys)
            yield from (self._invariant_of(requirement, each) for each in keys)

        return confirmed(first, rates_of(requirement), ask)

    def _invariant_of(self, requirement: str, key: ProbeKey) -> Verdict:
        """Return the verdict of one invariant on the exchanges of one execution of a probe."""
        trouble: Exception | None = None
        try:
            self._engine.result(key)
        except Exception as error:  # noqa: BLE001 - its exchanges count, whatever it makes of them
            trouble = error
        judging = Judging(self._registry, {requirement}, self._engine.target.profile.documents)
        for name in self._engine.staged.get(key, ()):
            judging.add(self._engine.exchanges[name])
        verdict = judging.tallies[requirement].verdict()
        unsent = trouble is not None and not verdict.broken
        return decide(self._case(requirement), trouble, self._engine.exchanges) if unsent else verdict

    def _invariant(self, requirement: str) -> Verdict:
        judging = self._judged({requirement}) if self._alone else self._judging
        verdict = judging.tallies[requirement].verdict()
        absent = self._absent(requirement) if _saw_nothing(verdict) else None
        return verdict if absent is None else decide(self._case(requirement), absent, self._engine.exchanges)

    def tallied(self, requirement: str, judge: Callable[[Exchange], Iterator[Judgement]]) -> Verdict:
        """Return the verdict of a check whose function `judge` is called with every exchange of the run.

        The function `judge` may read settings of the target; an invariant reads only the exchange.
        """
        self._engine.wait()
        tally = Tally(requirement, self._registry[requirement].level, self._engine.target.profile.documents)
        for exchange in self.exchanges():
            tally.add(exchange, judge(exchange))
        verdict = tally.verdict()
        if self._is_part and _saw_nothing(verdict):
            return decide(self._case(requirement), NOT_ASKED)
        return verdict

    def exchanges(self) -> list[Exchange]:
        """Return all exchanges of the run that show the target's behaviour, in the order of their ids.

        Three kinds of exchanges are not returned: deletions at the end of the run, exchanges that failed because the
        target died, and repetitions to confirm a failure.
        """
        known = self._engine.exchanges.copy()  # in one step: cleaning up adds to it, in the engine's thread
        death = self._engine.death
        lost = death.lost if death else frozenset()
        return [
            each
            for name, each in sorted(known.items())
            if each.probe != CLEANUP and name not in lost and not self._confirms(each)
        ]

    def _confirms(self, exchange: Exchange) -> bool:
        """Return whether an exchange was sent to confirm a failure."""
        key = ProbeKey.read(exchange.probe)
        return key is not None and key.again >= self._engine.target.repeat

    @cached_property
    def _judging(self) -> Judging:
        profile = self._engine.target.profile
        return self._judged({each.id for each in self._registry.values() if each.contract in profile.contracts})

    def _judged(self, chosen: set[str]) -> Judging:
        """Return the findings of these invariants on all exchanges, after waiting for all probes."""
        self._engine.wait()
        judging = Judging(self._registry, chosen, self._engine.target.profile.documents)
        for exchange in self.exchanges():
            judging.add(exchange)
        return judging

    @property
    def _is_part(self) -> bool:
        """Whether the run sends only a part of the probes."""
        target = self._engine.target
        return target.depth is Depth.SMOKE or target.gentle

    def _absent(self, requirement: str) -> NotAnswered | BudgetExhausted | Inconclusive | None:
        """Return why no exchange of the run concerns an invariant, or None if unknown.

        Either the target lacks the operation, or the run did not send: a smoke or gentle run sends only a part of the probes, the
        budget was spent, or the target died.
        """
        for key in baseline([requirement], self._engine.target.profile):
            if self._is_part and not self._engine.is_started(key):
                return NOT_ASKED
            try:
                self._engine.result(key)
            except (NotAnswered, BudgetExhausted) as refused:
                return refused
            except Exception:  # noqa: BLE001 - a probe's own trouble is told where its checks are judged
                return None
        return None

    def _case(
        self, requirement: str, case: str = "", exchanges: tuple[str, ...] = (), *, acceptance: bool = False
    ) -> Case:
        return Case(
            requirement=self._registry[requirement],
            case=case,
            exchanges=exchanges,
            profile=self._engine.target.profile,
            features=self._features,
            accepts_everything=self._accepts_everything,
            acceptance=acceptance,
            accepted_without=(controls := Controls(self._engine)),
            accepted_without_calls=controls.without_calls,
        )
