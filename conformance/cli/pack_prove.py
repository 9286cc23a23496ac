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
    from conformance.verdict import Verdict

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


def _outcomes(pack: Pack, own: list[str], mutants: tuple[str, ...]) -> dict[str, Verdict] | str:
    """Return the verdict on each of the pack's requirements on the reference endpoint, or why there are none."""
    from dataclasses import replace

    from conformance.auditing.runner import audit
    from conformance.cli.run import reference_target
    from conformance.verdict import combine

    with tempfile.TemporaryDirectory() as folder, reference_target(pack.name, mutants) as reference:
        target = replace(reference, model="reference-1", deep=True)
        audited = audit(target, Path(folder) / "run", only=own)
    if audited.trouble or audited.unusable:
        return audited.trouble or audited.unusable
    return combine(audited.verdicts)


def _broken(outcomes: dict[str, Verdict] | str) -> set[str]:
    if isinstance(outcomes, str):
        return set()
    return {each for each, verdict in outcomes.items() if verdict.outcome in ("fail", "warn")}


def _proof(
    name: str, outcomes: dict[str, Verdict] | str, own: list[str], breaks: frozenset[str], also: frozenset[str]
) -> Proof:
    if isinstance(outcomes, str):
        return Proof(name, False, outcomes)
    broken = _broken(outcomes)
    unjudged = {each for each in own if each not in outcomes or outcomes[each].outcome not in _JUDGED}
    wrong = [
        f"{each} is {_said(outcomes.get(each)) if each in unjudged else 'not broken'}"
        for each in sorted(breaks - broken)
    ]
    wrong += [f"{each} is broken: {_said(outcomes[each])}" for each in sorted(broken - breaks - also)]
    wrong += [f"{each} is {_said(outcomes.get(each))}" for each in own if each in unjudged and name == _RIGHT]
    told = f"breaks {', '.join(sorted(breaks))}" if breaks else f"passes {len(own)} requirements"
    return Proof(name, not wrong, "; ".join(wrong) or told)


def _said(verdict: Verdict | None) -> str:
    """Say why a requirement was not judged, or what was observed if it is broken."""
    if verdict is None:
        return "not asked"
    if verdict.findings:
        finding = verdict.findings[0]
        return f"expected {finding.expected}, observed {finding.observed} ({finding.where})"
    return ": ".join(filter(None, (str(verdict.outcome), str(verdict.reason or ""), verdict.detail)))
