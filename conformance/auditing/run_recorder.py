"""Records one run: keeps its verdicts, knows which cases have no verdict yet, and writes the run file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import conformance
from conformance.config import Target
from conformance.config.seal import seal
from conformance.config.target import BEARER_HEADER
from conformance.contract import Registry
from conformance.contract.packs import pack_named
from conformance.engine import Engine, reusable
from conformance.engine.cost import output_bound
from conformance.record import Footer, Header, RedactedRun, RunFileError, RunTarget, RunWriter, now
from conformance.specs import SPECS
from conformance.verdict import Ending, Outcome, Reason, Verdict, combine
from conformance.wire import Exchange, Redactor


class RunRecorder:
    """Writes a run file line by line; without a directory, it writes no file and only keeps the verdicts in memory."""

    def __init__(
        self,
        directory: Path | None,
        redactor: Redactor,
        registry: Registry,
        earlier: RedactedRun | None = None,
        recorded: RedactedRun | None = None,
        only: Sequence[str] = (),
        told: Callable[[Exchange], None] = lambda _: None,
    ) -> None:
        """`earlier` is an interrupted run whose file in the same directory this run continues.

        `recorded` is a run that is judged again: its header and exchanges are kept. `only` are the selected
        requirements and areas, for a note. `told` receives every written exchange, in any thread.
        """
        self._recorded = recorded
        self.redactor = redactor
        self.interrupted = False
        """Whether a user stopped the run."""
        self.verdicts: list[Verdict] = []
        self.owed: dict[tuple[str, str], None] = {}
        """The cases of requirements that are still to be judged."""
        self._registry = registry
        self._only = tuple(only)
        self._told = told
        self._early: list[Exchange] | None = []
        self._writer: RunWriter | None = None
        self.lost: RunFileError | None = None
        self.contracts: dict[str, Any] | None = None
        self._earlier = [each for each in earlier.exchanges.values() if reusable(each)] if earlier else None
        if directory is not None:
            self._writer = RunWriter(directory / "run.ndjson", redactor, beside=earlier is not None)
        if recorded is not None:
            self._open_again(recorded)

    def open(self, target: Target, notes: tuple[str, ...]) -> None:
        """Write the header, and the exchanges of the interrupted run if this run resumes one."""
        early, self._early = self._early or [], None
        if self._recorded is not None:
            return
        if self._earlier is not None:
            notes = (*notes, f"Resumed: {len(self._earlier)} exchanges are those of the run that was interrupted.")
        self._write(header(target, notes, self._only))
        for exchange in (*(self._earlier or ()), *early):
            self._write(exchange)
        if self._earlier is not None and self._writer is not None:
            self._writer.take_place()  # from here on the file holds all that the earlier one had

    def _open_again(self, recorded: RedactedRun) -> None:
        """Write the header and the exchanges of a recorded run."""
        version = conformance.__version__
        notes = (*recorded.header.notes, f"judged again with version {version}")
        settings = {**recorded.header.settings, "only": list(self._only)}
        header = replace(recorded.header, suite_version=version, notes=notes, settings=settings)
        self._write(header)
        for exchange in recorded.exchanges.values():
            self._write(exchange)

    def exchange(self, exchange: Exchange) -> None:
        """Record one exchange."""
        if self._early is not None:
            self._early.append(exchange)
        else:
            self._write(exchange)

    def verdict(self, verdict: Verdict) -> None:
        """Record the verdict of one case."""
        self.owed.pop((verdict.requirement, verdict.case), None)
        self.verdicts.append(verdict)
        self._write(verdict)

    def close(self, engine: Engine | None, reason: Reason, why: str, ending: Ending | None = None) -> None:
        """Record each case without a verdict as inconclusive with `reason`, write the footer, and close the file.

        In a replay, `engine` is None. A run whose target died counts as incomplete, so that it can be resumed.
        """
        interrupted = self.interrupted or (bool(self.owed) and reason is Reason.INTERRUPTED)
        for name, case in list(self.owed):
            self.unjudged(name, case, reason, why)
        recorded = self._recorded
        footer = Footer(
            ended=now(),
            complete=recorded.complete if recorded else engine is None or engine.death is None,
            interrupted=interrupted if recorded is None else recorded.interrupted,
            summary=self.summary(engine) | ({"ending": ending.to_dict()} if ending else {}),
        )
        self._write(footer)
        if self._writer is not None:
            self._writer.close()

    def unjudged(self, name: str, case: str, reason: Reason, why: str) -> None:
        """Record that a case of a requirement could not be judged."""
        if name in self._registry:
            self.verdict(Verdict(name, self._registry[name].level, Outcome.INCONCLUSIVE, case, reason, why))

    def _write(self, line: Header | Exchange | Verdict | Footer) -> None:
        """Write a line; after a write error write nothing more, and `lost` has the reason."""
        if isinstance(line, Exchange):
            self._told(line)
        if self._writer is None:
            return
        try:
            self._writer.write(line)
        except RunFileError as error:
            self._writer.close()
            self.lost, self._writer = error, None

    def summary(self, engine: Engine | None) -> dict[str, Any]:
        """Return the numbers of requests and tokens that the run used, and of requirements with each outcome."""
        outcomes = [str(verdict.outcome) for verdict in combine(self.verdicts).values()]
        if engine is None or self._recorded is not None:
            spent = {**self._recorded.footer.summary} if self._recorded and self._recorded.footer else {}
        else:
            spent = {
                "requests": engine.spent.requests,
                "exchanges": len(engine.exchanges),
                "output_tokens": engine.spent.output_tokens,
                **({"cost": round(engine.spent.cost, 6)} if engine.spent.cost else {}),
                "output_tokens_allowed": sum(output_bound(each.request) for each in list(engine.exchanges.values())),
                "seconds": round(engine.seconds, 3),
                "left_behind": list(engine.left_behind),
                **({"away": list(engine.away)} if engine.away else {}),
                **({"version": engine.version} if engine.version else {}),
            }
        return {
            **spent,
            "by_outcome": {str(outcome): outcomes.count(str(outcome)) for outcome in Outcome},
            **({"contracts": self.contracts} if self.contracts else {}),
        }


def header(target: Target, notes: tuple[str, ...], only: Sequence[str] = ()) -> Header:
    """Return the header of a run file, which has the effective configuration of the run without secrets."""
    applied = (pack_named(name) for name in target.profile.contracts)
    packs = {pack.name: pack.version for pack in applied if pack}
    return Header(
        suite_name="openai-conformance",
        suite_version=conformance.__version__,
        target=RunTarget(target.url, target.model or "", target.profile.name, tuple(target.profile.contracts)),
        started=now(),
        settings={
            "name": target.name,
            "profile_file": str(target.profile.file) if target.profile.file else None,
            "only": list(only),
            "concurrency": target.pace.concurrency,
            "rate": target.pace.rate,
            "max_requests": target.budget.requests,
            "max_output_tokens": target.budget.output_tokens,
            "max_seconds": target.budget.seconds,
            **({"max_cost": target.budget.cost} if target.budget.cost is not None else {}),
            **({"price_in": target.budget.prices.input} if target.budget.prices.input is not None else {}),
            **({"price_out": target.budget.prices.output} if target.budget.prices.output is not None else {}),
            **({"region": target.region} if target.region else {}),
            **({"labels": list(target.labels)} if target.labels else {}),
            **({"docs_url": target.docs_url} if target.docs_url else {}),
            "key": "none" if not target.key else "from a command" if target.tokens else f"from {target.key_env}",
            **({"second_key": f"from {target.second_key_env}"} if target.second_key else {}),
            **({"key_header": target.key_header} if target.key_header != BEARER_HEADER else {}),
            **({"key_form": target.key_form} if target.key_form else {}),
            **({"proxy": target.redactor.url(target.proxy)} if target.proxy else {}),
            **({"packs": packs} if packs else {}),
            "promised": sorted(target.profile.promised),
            "document": target.spec or _named(target.profile.document),
            "spec": target.spec or None,
            "depth": str(target.depth),
            "seed": target.seed,
            **({"gentle": True} if target.gentle else {}),
            **({"repeat": target.repeat} if target.repeat > 1 else {}),
            **({"context_window": target.context_window} if target.context_window else {}),
            **(target.retrieval.settings if target.retrieval else {}),
            "headers": sorted({name.lower() for name, _ in target.headers}),
            **({"case": target.case.id} if target.case else {}),
        },
        notes=notes,
        seal=seal(target),
    )


def _named(document: Path | None) -> str | None:
    """Return a contract's document for reports; for one of the suite, without the installation folder."""
    if document is None:
        return None
    return f"specs/{document.relative_to(SPECS).as_posix()}" if document.is_relative_to(SPECS) else str(document)
