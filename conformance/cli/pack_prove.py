"""Proves a pack: its reference endpoint passes its requirements, and each mutant violates exactly the requirements that it names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.errors import SpecError

if TYPE_CHECKING:
    from conformance.contract.pack import Pack

_RIGHT = "the right endpoint"
_JUDGED = ("pass", "fail", "warn", "unsupported")
"""Outcomes that show what an endpoint does. An optional feature may be rejected; a mutant shows that its check can fail."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The result of auditing the reference endpoint or one mutant."""

    name: str
    good: bool
    said: str


def proofs(folder: Path) -> Iterator[Proof]:
    """Audit the reference endpoint, then each mutant, then report the requirements that no mutant violates.

    Raises `SpecError` if the pack cannot be read or has no check.
    """
    from conformance.checks.index import checks
    from conformance.cli.endpoints import load_mutants
    from conformance.cli.pack_check import pack_in
    from conformance.contract import load_registry
    from conformance.contract.packs import packs
    from conformance.reference.mutants import MUTANTS

    pack = pack_in(folder)
    known = {check.requirement for check in checks()}
    own = [each.id for each in load_registry().values() if each.contract == pack.name and each.id in known]
    if not own:
        raise SpecError(f"pack {pack.name} has no check to prove", pack.file)
    load_mutants(packs())
    mutants = {name: each for name, each in MUTANTS.items() if each.cls.__module__.startswith(f"{pack.package}.")}
    for requirement in own:
        if not any(requirement in each.breaks for each in mutants.values()):
            found = [each for each in MUTANTS.items() if requirement in each[1].breaks | each[1].also]
            mutants |= dict(sorted(found, key=lambda each: requirement not in each[1].breaks)[:1])
    seen: set[str] = set()
    right = _outcomes(pack, own, ())
    yield _proof(_RIGHT, right, own, frozenset(), frozenset())
    for name, mutant in mutants.items():
        outcomes = _outcomes(pack, own, (name,))
        seen |= _broken(outcomes) - _broken(right)
        yield _proof(name, outcomes, own, mutant.breaks & set(own), mutant.also & set(own))
    for name in own:
        if name not in seen:
            yield Proof(name, False, "no mutant breaks it, so nothing shows that its check can fail")


def _outcomes(pack: Pack, own: list[str], mutants: tuple[str, ...]) -> dict[str, str]:
    """Return the outcome of each of the pack's requirements on the reference endpoint."""
    from dataclasses import replace

    from conformance.auditing.runner import audit
    from conformance.cli.run import reference_target
    from conformance.verdict import combine

    with tempfile.TemporaryDirectory() as folder, reference_target(pack.name, mutants) as reference:
        target = replace(reference, model="reference-1", deep=True)
        audited = audit(target, Path(folder) / "run", only=own)
    if audited.trouble or audited.unusable:
        return {"": audited.trouble or audited.unusable}
    return {name: str(verdict.outcome) for name, verdict in combine(audited.verdicts).items()}


def _broken(outcomes: dict[str, str]) -> set[str]:
    return {each for each, outcome in outcomes.items() if outcome in ("fail", "warn")}


def _proof(name: str, outcomes: dict[str, str], own: list[str], breaks: frozenset[str], also: frozenset[str]) -> Proof:
    if "" in outcomes:
        return Proof(name, False, outcomes[""])
    broken = _broken(outcomes)
    unjudged = {each: outcomes.get(each, "not asked") for each in own if outcomes.get(each) not in _JUDGED}
    wrong = [f"{each} is not broken" for each in sorted(breaks - broken)]
    wrong += [f"{each} is broken" for each in sorted(broken - breaks - also)]
    wrong += [f"{each} is {outcome}" for each, outcome in unjudged.items() if name == _RIGHT]
    told = f"breaks {', '.join(sorted(breaks))}" if breaks else f"passes {len(own)} requirements"
    return Proof(name, not wrong, "; ".join(wrong) or told)
