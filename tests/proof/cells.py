"""Audits of the reference endpoint with some mutants: what each requirement came to, and which probes showed it."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from conformance.auditing.runner import audit
from conformance.checks.invariants import all_invariants
from conformance.cli.endpoints import bucket_of, endpoint_of, packs_of, url_of
from conformance.config import Pace, Profile, Target, load_profile
from conformance.contract import load_registry
from conformance.engine import ProbeKey
from conformance.judging.tally import Judging
from conformance.record import Run, read_run
from conformance.reference.serve import ReferenceServer
from conformance.reference.settings import Settings
from conformance.verdict import Outcome, Verdict, combine
from conformance.wire import Exchange

Names = tuple[str, ...]

KILLS = frozenset({Outcome.FAIL, Outcome.WARN})
CONTRACTS = ("openai", "telnyx", "vllm")
# Enough to overlap; each further connection costs processor time, and the endpoint answers at once.
_PACE = Pace(concurrency=4)


@dataclass(frozen=True, slots=True)
class Cell:
    """What audits of the reference endpoint with these mutants gave: outcome and detail by requirement.

    `shows` are the requirements seen broken, each with the probes whose exchanges show it. `trouble` is what went wrong
    with the suite, or why the endpoint could not be judged at all; "" when nothing did. `only` are the requirements that
    judged it, all when None.
    """

    mutants: Names
    outcomes: Mapping[str, str]
    details: Mapping[str, str]
    shows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trouble: str = ""
    only: frozenset[str] | None = None

    def with_outcome(self, *wanted: Outcome) -> set[str]:
        """The requirements with one of these outcomes."""
        return {name for name, outcome in self.outcomes.items() if outcome in wanted}

    @property
    def killed_by(self) -> set[str]:
        """The requirements that failed or warned, and the MAYs that were seen broken."""
        return set(self.shows)


def run(names: Names, only: frozenset[str] | None = None) -> Cell:
    """Audit the reference endpoint with these mutants under every contract; `only` are the requirements to judge (all)."""
    verdicts: dict[str, Verdict] = {}
    shows: dict[str, tuple[str, ...]] = {}
    troubles: dict[str, None] = {}
    for contract in CONTRACTS:
        own = [r.id for r in load_registry().values() if r.contract == contract and (only is None or r.id in only)]
        if not own:
            continue
        endpoint = endpoint_of(packs_of(_profile(contract).contracts), names, _settings(contract))
        server = ReferenceServer(endpoint)
        with server, tempfile.TemporaryDirectory() as folder:
            audited = audit(_target(server, contract), Path(folder), only=own)
            found = combine(audited.verdicts)
            broken = {name: verdict for name, verdict in found.items() if is_broken(verdict)}
            if broken:
                shows |= _showing(read_run(Path(folder) / "run.ndjson"), broken)
        verdicts |= found
        troubles |= dict.fromkeys(filter(None, (audited.trouble, audited.unusable)))
    outcomes = {name: str(verdict.outcome) for name, verdict in verdicts.items()}
    details = {name: _evidence(verdict) for name, verdict in verdicts.items()}
    return Cell(names, outcomes, details, shows, "; ".join(troubles), only)


def is_broken(verdict: Verdict) -> bool:
    """Whether it failed or warned, or is a MAY that was seen broken: that counts as unsupported."""
    return verdict.outcome in KILLS or (verdict.outcome is Outcome.UNSUPPORTED and bool(verdict.findings))


def _evidence(verdict: Verdict) -> str:
    found = verdict.findings[0] if verdict.findings else None
    evidence = f"expected {found.expected}, got {found.observed} ({found.where})" if found else ""
    return f"{verdict.detail} {evidence}".strip()


def _showing(run: Run, broken: Mapping[str, Verdict]) -> dict[str, tuple[str, ...]]:
    """The probes that show each broken requirement: those the verdict cites; of an invariant, each that breaks it.

    A verdict cites few exchanges, so the invariants judge all exchanges of the run once more, one by one.
    """
    found = {name: _probes(run, verdict.exchanges) for name, verdict in broken.items()}
    invariants = set(broken) & set(all_invariants())
    for exchange in run.exchanges.values() if invariants else ():
        judging = Judging(load_registry(), invariants)
        judging.add(exchange)
        for name, tally in judging.tallies.items():
            if tally.broken:
                found[name].add(_probe(exchange))
    return {name: tuple(sorted(probes)) for name, probes in found.items()}


def _probes(run: Run, exchanges: Iterable[str]) -> set[str]:
    return {_probe(run.exchanges[name]) for name in exchanges if name in run.exchanges}


def _probe(exchange: Exchange) -> str:
    """The probe that sent an exchange, whichever of its executions did."""
    key = ProbeKey.read(exchange.probe)
    return str(key._replace(again=0)) if key else exchange.probe


@cache
def _profile(contract: str) -> Profile:
    return load_profile(contract)


def _settings(contract: str) -> Settings:
    """The right endpoint offers every optional feature of the contract, and a run meets a limit, too."""
    return Settings(image_objects=contract == "telnyx", turn_away_every=101)


def _target(server: ReferenceServer, contract: str) -> Target:
    contracts = _profile(contract).contracts
    return Target(
        url=url_of(server, contracts),
        profile=_profile(contract),
        key=server.api_key,
        second_key=server.second_key,
        model="reference-1",
        deep=True,
        retrieval=bucket_of(contracts),
        pace=_PACE,
    )


Task = tuple[Names, frozenset[str] | None]
"""Mutants, and the requirements to judge them by; all when None."""

# A cell waits for the endpoint to start and to stop, so one more than there are cores keeps these busy.
WORKERS = (os.cpu_count() or 1) + 1


def run_all(tasks: Sequence[Task], workers: int = WORKERS) -> Iterator[Cell]:
    """The right endpoint's cell, judged by every requirement, then the cell of each task in their order.

    The right endpoint comes first and alone: what it imports and compiles is shared by the processes forked afterwards.
    """
    logging.disable(logging.CRITICAL)  # a server that crashes as its mutant makes it does not fill the screen
    yield run(())
    gc.collect()
    gc.freeze()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _relax) as pool:
        yield from pool.map(run, *zip(*tasks, strict=True)) if tasks else ()


def _relax() -> None:
    """Collect garbage rarely: a run leaves little behind, and pytest collects after each."""
    gc.set_threshold(50_000, 20, 100)
