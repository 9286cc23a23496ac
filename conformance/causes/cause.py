"""Builds the list of causes of a run: findings are grouped by symptom, and each group becomes one cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.causes.clients import failing_clients
from conformance.causes.explain import grouped
from conformance.causes.group import Group
from conformance.causes.reading import symptom_of
from conformance.causes.sighting import Sighting, sightings
from conformance.causes.symptom import BROAD_CRASH, Symptom, SymptomKind
from conformance.causes.wording import advice_of, title_of
from conformance.contract import Requirement
from conformance.verdict import Finding, Level, Outcome, Verdict
from conformance.wire import Exchange


@dataclass(frozen=True, slots=True)
class SourcedFinding:
    """A finding of a cause, with the requirement that it violates and the symptom that it shows."""

    requirement: str
    symptom: Symptom
    finding: Finding
    streamed: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault of the target, which several requirements and exchanges may show.

    - `key` identifies the cause in links; causes with the same symptom have the same key in every run.
    - `title` describes the fault in one sentence that names the parameter or field.
    - `requirements` lists the ids of the violated requirements; the first of them is the leading requirement. `musts`
      lists the ids of the requirements with the outcome fail.
    - `finding` is the best evidence for the violation of the leading requirement; `finding.where` is the location in
      the response.
    - `sourced` lists all findings, each with its requirement; the best evidence is first.
    - `exchange` is the id of the exchange that `finding` cites. `evidence` lists the ids of the exchanges that any
      finding cites.
    - `of` is the number of exchanges that were judged, and at least `exchanges` of them show the fault.
    - `silently_ignored` is true if the target accepted a parameter without honouring it, and thereby violated a MUST.
      If only a SHOULD is violated, `silently_ignored` is false, because the model may be the reason for the violation.
    - `shown_by` has, for each violated requirement, the key of each symptom in its findings. The symptom keys of one
      requirement do not depend on the findings of other requirements.
    - `clients` lists the client libraries that are known to fail under the fault of the cause. `clients_tested` is the
      number of client libraries that were tested with the fault.
    - `impact` and `fix` are texts about the symptom, not about a single requirement. `statement` is the statement of
      the leading requirement, which is the first in `requirements`.
    """

    key: str
    title: str
    symptom: Symptom
    outcome: Outcome
    level: Level
    requirements: tuple[str, ...]
    musts: tuple[str, ...]
    finding: Finding
    findings: tuple[Finding, ...]
    statement: str
    impact: str
    fix: str
    exchange: str
    evidence: tuple[str, ...]
    exchanges: int
    of: int
    silently_ignored: bool = False
    shown_by: tuple[tuple[str, str], ...] = ()
    clients: tuple[str, ...] = ()
    clients_tested: int = 0
    sourced: tuple[SourcedFinding, ...] = ()

    @property
    def share(self) -> str:
        """How many of the judged exchanges show the fault, as a text such as `3 of 165 exchanges`."""
        of = f" of {self.of:,}" if self.of > self.exchanges else ""
        return f"{self.exchanges:,}{of} exchange{'' if max(self.exchanges, self.of) == 1 else 's'}"


_LEVELS = {Level.MUST: 0, Level.SHOULD: 1, Level.MAY: 2}
_URGENT = (SymptomKind.MIXED_UP, SymptomKind.CRASH)
_EVERYWHERE = 0.5
"""The share of the tested clients that fail under a fault that breaks clients everywhere."""


def find_causes(
    verdicts: Iterable[Verdict], registry: Mapping[str, Requirement], exchanges: Mapping[str, Exchange]
) -> tuple[Cause, ...]:
    """Return the causes of all findings, with the most important cause first.

    `verdicts` has one verdict for each requirement. Causes with a failed requirement precede causes with warnings only.
    Among causes with the same outcome, leaked data and crashes come first, including a 5xx for valid requests with many
    different parameters. Causes that make at least half of the tested clients fail precede other causes, and are sorted
    by the number of clients that fail. The remaining causes are sorted by the number of exchanges that show the fault,
    then by the number of violated requirements, and then by the level of the requirements.
    """
    seen = list(sightings(verdicts, registry, exchanges))
    causes = [_cause(group) for group in grouped([(symptom_of(each), each) for each in seen])]
    return _with_own_keys(sorted(causes, key=_rank))


def _rank(cause: Cause) -> tuple[int, ...]:
    urgent = cause.symptom.kind in _URGENT or cause.symptom == BROAD_CRASH
    clients = len(cause.clients)
    breaks_clients = clients if clients and clients >= _EVERYWHERE * cause.clients_tested else 0
    scope = (-cause.exchanges, -len(cause.requirements), _LEVELS[cause.level])
    return (-cause.outcome.severity, -urgent, -breaks_clients, *scope)


def _with_own_keys(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    taken: dict[str, int] = {}
    named = []
    for cause in causes:
        taken[cause.key] = number = taken.get(cause.key, 0) + 1
        named.append(cause if number == 1 else replace(cause, key=f"{cause.key}-{number}"))
    return tuple(named)


def _cause(group: Group) -> Cause:
    ordered = sorted(group.sightings, key=lambda seen: _telling(group.symptom, seen))  # stable: the registry's order
    best = ordered[0]
    shown = max(group.shown, len(group.exchanges))
    shown_by = _shown_by(group, ordered)
    impact, fix = advice_of(shown_by, ordered)
    pairs = tuple(dict.fromkeys((seen.id, symptom_of(seen).key) for seen in ordered))
    clients, tested = failing_clients(pairs)
    return Cause(
        key=group.symptom.key,
        title=title_of(shown_by, ordered),
        symptom=group.symptom,
        outcome=best.verdict.outcome,
        level=best.verdict.level,
        requirements=tuple(dict.fromkeys(seen.id for seen in ordered)),
        musts=tuple(dict.fromkeys(seen.id for seen in ordered if seen.fails)),
        finding=best.finding,
        findings=tuple(seen.finding for seen in ordered if symptom_of(seen) == group.symptom) or (best.finding,),
        statement=best.requirement.statement if best.requirement else "",
        impact=impact,
        fix=fix,
        exchange=best.finding.exchange or next(iter(best.verdict.exchanges), ""),
        evidence=tuple(dict.fromkeys(seen.finding.exchange for seen in ordered if seen.finding.exchange)),
        exchanges=shown,
        of=max((seen.verdict.seen for seen in ordered if seen.shown == shown), default=0),
        silently_ignored=best.fails and group.kind in (SymptomKind.IGNORED, SymptomKind.CONSTRAINT),
        shown_by=pairs,
        clients=clients,
        clients_tested=tested,
        sourced=tuple(SourcedFinding(seen.id, symptom_of(seen), seen.finding, seen.streamed) for seen in ordered),
    )


def _shown_by(group: Group, ordered: Sequence[Sighting]) -> Symptom:
    """The symptom that title, impact and fix describe: the group's, unless its best evidence shows only what it explains."""
    own = [each.verdict.outcome for each in ordered if symptom_of(each) == group.symptom]
    lead = symptom_of(ordered[0])
    explained = bool(own) and ordered[0].verdict.outcome not in own and lead.kind is not group.kind
    return lead if explained else group.symptom


def _telling(symptom: Symptom, seen: Sighting) -> tuple[int, ...]:
    """What makes one finding better evidence than another: a fail, of this very symptom, named, whole, short.

    For a wrong field, whole responses come first: a requirement on streams names a parameter (`stream_options`) that says
    nothing about the field.
    """
    length = len(seen.exchange.request.body) + len(seen.exchange.body) if seen.exchange else 1 << 30
    streamed = seen.streamed and symptom.kind is not SymptomKind.STREAM
    return (
        -seen.verdict.outcome.severity,
        _LEVELS[seen.verdict.level],
        int(symptom_of(seen) != symptom),
        int(streamed and symptom.kind is SymptomKind.FIELD),
        int(not seen.params),
        int(seen.id.startswith("generated.")),
        int(streamed),
        length.bit_length(),
    )
