"""Run files of mutants, alone or several together, kept in a folder so that causes can be measured without auditing again."""

from __future__ import annotations

import gzip
import hashlib
import logging
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

from conformance.auditing.runner import audit
from conformance.cli.endpoints import endpoint_of, load_mutants, packs_of, url_of
from conformance.config import Pace, Target, load_profile
from conformance.contract import load_registry
from conformance.contract.packs import suite_packs
from conformance.record import RedactedRun, read_run
from conformance.reference.mutants import MUTANTS
from conformance.reference.serve import ReferenceServer
from conformance.reference.settings import Settings
from tests.proof.declared import names as declared
from tests.proof.seen import read

load_mutants(suite_packs())
Names = tuple[str, ...]

_PACE = Pace(concurrency=4)
OTHERS = {"telnyx": ("telnyx.", "guided."), "vllm": ("vllm.",)}


def contract_of(names: Names) -> str:
    """The contract under which all these mutants show: OpenAI's, if they break anything of it."""
    breaks = {name for mutant in names for name in MUTANTS[mutant].breaks}
    every = tuple(prefix for prefixes in OTHERS.values() for prefix in prefixes)
    if not breaks or any(not name.startswith(every) for name in breaks):
        return "openai"
    return next(contract for contract, prefixes in OTHERS.items() if any(name.startswith(prefixes) for name in breaks))


def file_of(folder: Path, names: Names) -> Path:
    """The file that keeps the run of these mutants."""
    label = "+".join(names)
    if len(label) > 100:
        label = f"set-{hashlib.sha256(label.encode()).hexdigest()[:16]}"
    return folder / f"{label}.ndjson.gz"


def record(folder: Path, combinations: Sequence[Names], workers: int) -> Iterator[Path]:
    """Audit what is not kept yet; yields the files as they are written, in the order given."""
    missing = [names for names in combinations if not file_of(folder, names).is_file()]
    folder.mkdir(parents=True, exist_ok=True)
    if not missing:
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(workers, context, _quiet) as pool:
        yield from pool.map(partial(_record, folder), missing)


def _quiet() -> None:
    logging.disable(logging.CRITICAL)


@cache
def _seen() -> Mapping[str, frozenset[str]]:
    """The requirements that each mutant breaks, or may break: the kill matrix has seen that the others hold."""
    return {name: frozenset(shows) | declared(MUTANTS[name]) for name, shows in read().shows.items() if name in MUTANTS}


def _record(folder: Path, names: Names) -> Path:
    contract = contract_of(names)
    broken = {requirement for name in names for requirement in _seen().get(name, declared(MUTANTS[name]))}
    only = [each.id for each in load_registry().values() if each.contract == contract and each.id in broken]
    settings, contracts = Settings(image_objects=contract == "telnyx"), load_profile(contract).contracts
    kept = file_of(folder, names)
    endpoint = endpoint_of(packs_of(contracts), names, settings)
    with ReferenceServer(endpoint) as server, tempfile.TemporaryDirectory() as made:
        url = url_of(server, contracts)
        target = Target(
            url=url, profile=load_profile(contract), key=server.api_key, model="reference-1", deep=True, pace=_PACE
        )
        audit(target, Path(made), only=only)
        partial_file = kept.with_suffix(f".{os.getpid()}")
        with (Path(made) / "run.ndjson").open("rb") as plain, gzip.open(partial_file, "wb", 4) as packed:
            shutil.copyfileobj(plain, packed)
    partial_file.rename(kept)
    return kept


def kept_run(folder: Path, names: Names) -> RedactedRun:
    """The run of these mutants as it was kept."""
    with tempfile.TemporaryDirectory() as made:
        plain = Path(made) / "run.ndjson"
        with gzip.open(file_of(folder, names), "rb") as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file)
        return RedactedRun(read_run(plain))


def stratified(share: float) -> list[Names]:
    """A part of the mutants, at least one of each module, chosen by a hash of their names."""
    by_module: dict[str, list[str]] = {}
    for name, mutant in MUTANTS.items():
        by_module.setdefault(mutant.cls.__module__, []).append(name)
    chosen: list[Names] = []
    for names in by_module.values():
        ranked = sorted(names, key=lambda name: hashlib.sha256(f"causes {name}".encode()).digest())
        chosen += [(name,) for name in ranked[: max(1, round(share * len(ranked)))]]
    return chosen
