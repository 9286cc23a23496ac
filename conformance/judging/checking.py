"""Runs one check with the results of its probes, and returns its verdict. Running a check does not need pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks.index import Check, CheckKind, called
from conformance.checks.judgement import Judgement
from conformance.engine import Engine, ProbeKey, Transport, probes
from conformance.judging.run_judge import RunJudge
from conformance.verdict import Verdict
from conformance.wire import Exchange


@dataclass(slots=True)
class Checking:
    """Runs checks with the results of one engine's probes; `judge` turns what a check raised into a verdict."""

    engine: Engine
    judge: RunJudge

    def verdict(self, check: Check, case: str) -> Verdict:
        """Run one case of a check, and return the verdict for its result or exception."""
        given = _Given(self, check, case)
        raised = given.raised()
        return self.confirmed(check, case, raised) if given.judged is None else given.judged

    def confirmed(self, check: Check, case: str, raised: BaseException | None) -> Verdict:
        """Return the verdict of a check that raised the given exception.

        If a failure must be confirmed, run the check again.

        A failure of a check that judges all exchanges of a run is not confirmed. A second execution of the check's
        probes would not repeat the exchanges of other probes.
        """

        def judge(again: int) -> BaseException | None:
            return _Given(self, check, case, again).raised() if again else raised

        keys = check.keys(case)
        if check.judges_the_run:
            return self.judge.check(check.requirement, case, keys, raised, acceptance=check.acceptance)
        return self.judge.checked(check.requirement, case, keys, judge, acceptance=check.acceptance)


class _Given:
    """What a check may take as its parameters, by their names, for one of its cases. It is also its `request`.

    `again` is the number of the execution of the check's probes, 0 for the first.
    """

    def __init__(self, checking: Checking, check: Check, case: str, again: int = 0) -> None:
        self._checking = checking
        self._check = check
        self._transport = Transport(case) if case else next(iter(check.transports), Transport.JSON)
        self._again = again
        self.judged: Verdict | None = None

    def raised(self) -> BaseException | None:
        """Run the check, and return what it raised. An invariant raises nothing: its verdict is in `judged`."""
        try:
            if self._check.kind is CheckKind.INVARIANT:
                self.judged = self._checking.judge.invariant(self._check.requirement)
            else:
                self.call()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a check raises is its result, SystemExit too
            return error
        return None

    def call(self) -> None:
        """Call the function. The results that it names with `uses` are waited for first, then its parameters."""
        called_function = called(self._check)
        for name in called_function.uses:
            self.getfixturevalue(name)
        given = {
            name: called_function.value if name == called_function.argument else self._value(name)
            for name in called_function.parameters
        }
        called_function.function(**given)

    def getfixturevalue(self, name: str) -> Any:
        """Return the result of a probe, after waiting for it. Raises what the probe raised."""
        return self._checking.engine.result(ProbeKey(name, probes()[name].transport(self._transport), self._again))

    def _value(self, name: str) -> Any:
        if name in self._check.probes:
            return self.getfixturevalue(name)
        others: dict[str, Any] = {
            "request": self,
            "target": self._checking.engine.target,
            "all_exchanges": self._all_exchanges,
            "tallied": self._tallied,
        }
        if name not in others:
            raise TypeError(f"there is no probe {name}, and a check gets nothing else of that name")
        return others[name]

    def _all_exchanges(self) -> list[Exchange]:
        self._checking.engine.wait()
        return self._checking.judge.exchanges()

    def _tallied(self, requirement: str, judge: Callable[[Exchange], Iterator[Judgement]]) -> None:
        self.judged = self._checking.judge.tallied(requirement, judge)
