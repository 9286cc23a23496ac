"""Cells of the kill matrix: the reference endpoint with some mutants, audited by every requirement of a contract."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from conformance.contract import load_registry
from conformance.plugin.runner import audit
from conformance.reference.core import Settings
from conformance.reference.mutants import MUTANTS, endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.target import Target, load_profile
from conformance.verdict import Outcome, combine

Names = tuple[str, ...]

KILLS = frozenset({Outcome.FAIL, Outcome.WARN})
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


def run(names: Names, *, deep: bool = False, quick: bool = False) -> Cell:
    """Audit the reference with these mutants, and put the outcomes together.

    Every requirement of OpenAI's contract always judges. Those of Telnyx's and vLLM's judge the same endpoint where a
    mutant speaks of them, or, if `deep`, always. If `quick`, only what the mutants declare judges them: a cell then says
    whether each declared requirement fails, not whether another does.
    """
    registry = load_registry()
    declared = {name for mutant in names for name in MUTANTS[mutant].breaks | MUTANTS[mutant].also}
    outcomes: dict[str, str] = {}
    details: dict[str, str] = {}
    troubles = []
    not_offered: set[str] = set()
    for contract in ["openai", *OTHERS] if deep else contracts_of(names):
        own = [r.id for r in registry.values() if r.contract == contract]
        only = [] if contract == "openai" else own
        if quick and names:
            only = [name for name in own if name in declared]
            if not only:
                continue
        settings = Settings(extensions=contract == "vllm")
        with (
            ReferenceServer(endpoint_with(*names, settings=settings)) as server,
            tempfile.TemporaryDirectory() as folder,
        ):
            url = server.telnyx_url if contract == "telnyx" else server.url
            profile = load_profile(contract)
            target = Target(url=url, profile=profile, key=server.api_key, model="reference-1", deep=True)
            audited = audit(target, Path(folder) / "run", only=only)
        troubles += filter(None, (audited.trouble, audited.unusable))
        for name, verdict in combine(audited.verdicts).items():
            if quick and names and name not in declared:
                continue
            found = verdict.findings[0] if verdict.findings else None
            if found and verdict.outcome is Outcome.UNSUPPORTED:
                not_offered.add(name)
            outcomes[name] = str(verdict.outcome)
            evidence = f"expected {found.expected}, got {found.observed} ({found.where})" if found else ""
            details[name] = f"{verdict.detail} {evidence}".strip()
    return Cell(names, outcomes, details, "; ".join(dict.fromkeys(troubles)), frozenset(not_offered))


def run_all(
    combinations: Iterable[Names], *, deep: bool = False, quick: bool = False, workers: int | None = None
) -> Iterator[Cell]:
    """The cell of every combination, in their order, spread over processes that are warmed up once each."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(workers or os.cpu_count() or 1, context, _warm_up) as pool:
        yield from pool.map(partial(run, deep=deep, quick=quick), combinations)


def _warm_up() -> None:
    """Import and compile what every run uses, then keep the garbage collector (pytest collects after each run) off it.

    Nothing is logged: a server that fails at a fault does as it was made to.
    """
    logging.disable(logging.CRITICAL)
    run(())
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # a run leaves little behind, and its process ends with the matrix
