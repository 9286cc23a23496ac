"""Cells of the kill matrix: the reference endpoint with some mutants, audited by every requirement of a contract."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from conformance.auditing.audited import Audited
from conformance.checks.invariants import all_invariants
from conformance.config import Pace, Profile, Target, load_profile
from conformance.contract import load_registry
from conformance.engine import ProbeKey
from conformance.plugin import audit as auditing
from conformance.plugin.runner import audit
from conformance.record import Run, read_run
from conformance.reference.mutants import MUTANTS, endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.reference.settings import Settings
from conformance.verdict import Outcome, Verdict, combine

from .reach import Reach, WatchedEndpoint, reach_of, survey_of, watched

Names = tuple[str, ...]

KILLS = frozenset({Outcome.FAIL, Outcome.WARN})
# Enough to overlap; each more connection costs processor time at each request, of which a cell has nothing to wait for.
_PACE = Pace(concurrency=4)
# Requirements whose ids start so are judged under another contract than OpenAI's: on Telnyx's address, or on an
# endpoint with vLLM's extensions.
OTHERS = {"telnyx": ("telnyx.", "guided."), "vllm": ("vllm.",)}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run of the reference with these mutants came to: outcome and detail by requirement.

    `not_offered` are the MAYs that were seen broken: they count as unsupported, as does what is cleanly refused.
    `trouble` is what went wrong with us, or why the endpoint could not be judged at all; "" when nothing did.
    """

    mutants: Names
    outcomes: dict[str, str]
    details: dict[str, str]
    trouble: str = ""
    not_offered: frozenset[str] = frozenset()

    def with_outcome(self, *wanted: Outcome) -> set[str]:
        """The requirements with one of these outcomes."""
        return {name for name, outcome in self.outcomes.items() if outcome in wanted}

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {**asdict(self), "mutants": list(self.mutants), "not_offered": sorted(self.not_offered)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Cell:
        """What `to_dict` gave."""
        return cls(**{**data, "mutants": tuple(data["mutants"]), "not_offered": frozenset(data["not_offered"])})

    @property
    def killed_by(self) -> set[str]:
        """The requirements that failed or warned, and the MAYs that were seen broken."""
        return self.with_outcome(*KILLS) | self.not_offered


def contracts_of(names: Names) -> list[str]:
    """OpenAI's contract, and those of which mutants break, or may break, something; the right endpoint is asked all."""
    declared = {name for mutant in names for name in MUTANTS[mutant].breaks | MUTANTS[mutant].also}
    others = [
        contract
        for contract, prefixes in OTHERS.items()
        if not names or any(name.startswith(prefixes) for name in declared)
    ]
    return ["openai", *others]


@dataclass(frozen=True, slots=True)
class Right:
    """What the right endpoint came to under every contract, and what of it each requirement's exchanges touch."""

    cell: Cell
    reach: Reach


def right() -> Right:
    """Audit the right endpoint, watched, under every contract; then see alone what is staged for the invariants."""
    judged = _Judged()
    touched: dict[str, frozenset[str]] = {}
    surveys: dict[str, dict[str, frozenset[str]]] = {}
    for contract in ["openai", *OTHERS]:
        audited, found = _watched(contract, _own(contract), reach_of)
        judged.add(audited)
        touched |= found
        if alone := [name for name in _own(contract) if name in all_invariants()]:
            _, surveys[contract] = _watched(contract, alone, survey_of)
    return Right(judged.cell(()), Reach(touched, surveys))


def _watched(
    contract: str, only: list[str], found: Callable[[WatchedEndpoint, Run], dict[str, frozenset[str]]]
) -> tuple[Audited, dict[str, frozenset[str]]]:
    endpoint, server = watched(_settings(contract))
    with server, tempfile.TemporaryDirectory() as folder:
        audited = audit(_target(server, contract), Path(folder), only=only)
        return audited, found(endpoint, read_run(Path(folder) / "run.ndjson"))


def run(names: Names, *, deep: bool = False, quick: bool = False, right: Right | None = None) -> Cell:
    """Audit the reference with these mutants, and put the outcomes together.

    Every requirement of OpenAI's contract always judges. Those of Telnyx's and vLLM's judge the same endpoint where a
    mutant speaks of them, or, if `deep`, always. If `quick`, only what the mutants declare judges them: a cell then says
    whether each declared requirement fails, not whether another does. With `right`, those judge that the mutants may
    reach; the others come to what they came to at the right endpoint.
    """
    declared = {name for mutant in names for name in MUTANTS[mutant].breaks | MUTANTS[mutant].also}
    judged = _Judged()
    outcomes: dict[str, str] = {}
    details: dict[str, str] = {}
    for contract in ["openai", *OTHERS] if deep else contracts_of(names):
        own = only = _own(contract)
        if right:
            only = right.reach.reached(own, names)
            outcomes |= {name: right.cell.outcomes[name] for name in own}
            details |= {name: right.cell.details[name] for name in own}
        elif quick and names:
            only = [name for name in own if name in declared]
        if not only:
            continue
        with _survey(right, contract, names):
            server = ReferenceServer(endpoint_with(*names, settings=_settings(contract)))
            with server, tempfile.TemporaryDirectory() as folder:
                judged.add(audit(_target(server, contract), Path(folder), only=only))
    cell = judged.cell(names)
    for name, outcome in cell.outcomes.items():
        # Nothing showed an invariant anything that the mutant may change: it is as it was.
        unseen = right and name in all_invariants() and outcome == Outcome.NOT_APPLICABLE
        if not unseen and (not quick or not names or name in declared):
            outcomes[name] = outcome
    return replace(cell, outcomes=outcomes, details={**details, **cell.details})


@contextmanager
def _survey(right: Right | None, contract: str, names: Names) -> Iterator[None]:
    """With `right`, stage for the invariants only what the mutants may change."""
    if right is None:
        yield
        return
    whole = auditing.baseline

    def keys(wanted: Iterable[str], profile: Profile) -> list[ProbeKey]:
        return right.reach.surveyed(contract, whole(wanted, profile), names)

    with patch.object(auditing, "baseline", keys):
        yield


class _Judged:
    """The audits of one endpoint, as they come in."""

    def __init__(self) -> None:
        self._verdicts: dict[str, Verdict] = {}
        self._troubles: list[str] = []

    def add(self, audited: Audited) -> None:
        self._troubles += filter(None, (audited.trouble, audited.unusable))
        self._verdicts |= combine(audited.verdicts)

    def cell(self, names: Names) -> Cell:
        details = {}
        for name, verdict in self._verdicts.items():
            found = verdict.findings[0] if verdict.findings else None
            evidence = f"expected {found.expected}, got {found.observed} ({found.where})" if found else ""
            details[name] = f"{verdict.detail} {evidence}".strip()
        absent = {n for n, v in self._verdicts.items() if v.findings and v.outcome is Outcome.UNSUPPORTED}
        outcomes = {name: str(verdict.outcome) for name, verdict in self._verdicts.items()}
        return Cell(names, outcomes, details, "; ".join(dict.fromkeys(self._troubles)), frozenset(absent))


def _own(contract: str) -> list[str]:
    return [each.id for each in load_registry().values() if each.contract == contract]


@cache
def _profile(contract: str) -> Profile:
    return load_profile(contract)


def _settings(contract: str) -> Settings:
    """The right endpoint offers every optional feature of the contract, and a run meets a limit, too."""
    return Settings(extensions=contract == "vllm", image_objects=contract == "telnyx", turn_away_every=97)


def _target(server: ReferenceServer, contract: str) -> Target:
    url = server.telnyx_url if contract == "telnyx" else server.url
    return Target(url=url, profile=_profile(contract), key=server.api_key, model="reference-1", deep=True, pace=_PACE)


def run_all(
    combinations: Sequence[Names],
    *,
    deep: bool = False,
    quick: bool = False,
    reached: bool = False,
    workers: int | None = None,
) -> Iterator[Cell]:
    """The cell of every combination, in their order, spread over processes that are warmed up once each.

    If `reached`, the right endpoint is audited while they warm up, and every cell asks only what its mutants reach.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    count = workers or WORKERS
    with ProcessPoolExecutor(count, context, _warm_up) as pool, tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            pool.submit(_ready)
        kept = None
        if reached:
            kept = Path(folder) / "right"
            kept.write_bytes(pickle.dumps(found := right()))
            if () in combinations:
                yield found.cell
        asked = [names for names in combinations if names or not reached]
        yield from pool.map(partial(_cell, deep=deep, quick=quick, kept=kept), asked)


# A cell waits for the endpoint to start and to stop, so one more than there are cores keeps these busy.
WORKERS = (os.cpu_count() or 1) + 1


def _ready() -> None:
    """Nothing: a process that can do this is warmed up."""


def _cell(names: Names, *, deep: bool, quick: bool, kept: Path | None) -> Cell:
    return run(names, deep=deep, quick=quick, right=_kept(kept) if kept else None)


@cache
def _kept(file: Path) -> Right:
    found: Right = pickle.loads(file.read_bytes())  # noqa: S301 - the parent process wrote it
    return found


def _warm_up() -> None:
    """Import and compile what every run uses, then keep the garbage collector (pytest collects after each run) off it.

    Nothing is logged: a server that fails at a fault does as it was made to.
    """
    logging.disable(logging.CRITICAL)
    run(())
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # a run leaves little behind, and its process ends with the matrix
