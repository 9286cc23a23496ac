"""Collects the data of the document about one or several targets: first what a manager needs, then all findings.

The file document.html shows the same verdicts, causes and figures as the reports of the targets and the comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.causes import Cause, SymptomKind
from conformance.report.capabilities import CapabilityLine, capability_lines, most_broken_first
from conformance.report.compare import ComparedTarget, TargetComparison
from conformance.report.model import ReportModel
from conformance.report.service_words import service_rows
from conformance.report.wording import count, exchange_line, incompleteness, sentence
from conformance.verdict import ExitCode, Level, Outcome

_EVERYWHERE = 0.5
"""The share of the tested clients from which a fault is worse than any fault that breaks fewer clients."""
MOST_CAPABILITIES = 15
"""The most capabilities that the first pages list; the comparison has all."""
MOST_FINDINGS = 80
"""The most faults in the findings; the report of each target has all."""
MOST_ADVICE = 60
"""The most unmet recommendations in the findings."""


@dataclass(frozen=True, slots=True)
class DocumentTarget:
    """One of the targets in an audit document.

    `verdict` is the verdict about the target as text; `outcome` determines the colour and sign of the verdict.
    """

    number: int
    column: ComparedTarget
    outcome: Outcome
    verdict: str
    sentence: str
    musts: int
    faults: tuple[Cause, ...]
    advice: int
    ignored: int
    clients: str
    incomplete: str


@dataclass(frozen=True, slots=True)
class CauseEvidence:
    """The evidence of a fault at one target: the cause in its report, the request, and the status of the response."""

    target: DocumentTarget
    cause: Cause
    request: str
    status: str


@dataclass(frozen=True, slots=True)
class SharedFault:
    """One fault, with the evidence of each target that has it.

    `cause` is taken from the target on which the most clients fail because of the fault.
    """

    cause: Cause
    evidence: tuple[CauseEvidence, ...]
    clients: str

    @property
    def targets(self) -> tuple[int, ...]:
        """The numbers of the targets that have the fault; the document gives each target a number."""
        return tuple(each.target.number for each in self.evidence)


@dataclass(frozen=True, slots=True)
class AuditDocument:
    """The data of the document about one or several audits.

    `works` names the capabilities that work on every target on which they were judged.

    `not_offered` names the capabilities that no target offers.

    `shared` lists the most important faults of the targets, and `findings` lists all faults of the targets. `advice`
    has the faults that violate only recommendations.
    """

    targets: tuple[DocumentTarget, ...]
    capabilities: tuple[CapabilityLine, ...]
    more_capabilities: int
    works: tuple[str, ...]
    not_offered: tuple[str, ...]
    shared: tuple[SharedFault, ...]
    more_shared: int
    service: tuple[tuple[str, tuple[str, ...]], ...]
    priced: bool
    findings: tuple[SharedFault, ...]
    advice: tuple[SharedFault, ...]
    limits: tuple[str, ...]
    dates: str
    result: str
    suites: str
    edition: str
    depths: str
    requests: int


def build_document(
    models: Sequence[ReportModel], comparison: TargetComparison, areas: Mapping[str, str], edition: str
) -> AuditDocument:
    """Return the document about these runs.

    `models` and `comparison` describe the same runs in the same order. `areas` has the title of each area, and
    `edition` is the name of the newest edition of requirements.
    """
    columns = comparison.columns
    targets = tuple(
        _target(number, model, column) for number, (model, column) in enumerate(zip(models, columns, strict=True), 1)
    )
    listed = 6 if len(models) <= 6 else 4  # what the first pages have room for
    lines = capability_lines(models, areas)
    broken = sorted((line for line in lines if line.breaks), key=most_broken_first)
    faults = _shared(targets, models, Outcome.FAIL)
    advice = _shared(targets, models, Outcome.WARN)
    dates = sorted({model.started[:10] for model in models})
    services = [model.service for model in models]
    return AuditDocument(
        targets=targets,
        capabilities=tuple(broken[:MOST_CAPABILITIES]),
        more_capabilities=max(0, len(broken) - MOST_CAPABILITIES),
        works=tuple(line.name for line in lines if line.works),
        not_offered=tuple(line.name for line in lines if line.is_not_offered),
        shared=faults[:listed],
        more_shared=max(0, len(faults) - listed),
        service=tuple(service_rows(services)),
        priced=any(each.cost is not None for each in services),
        findings=faults[:MOST_FINDINGS],
        advice=advice[:MOST_ADVICE],
        limits=(*comparison.notes, *_limits(models)),
        dates=dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
        result=_result(targets),
        suites=", ".join(sorted({model.suite_version for model in models})),
        edition=_edition(models, edition),
        depths=", ".join(sorted({column.depth or "unknown" for column in columns})),
        requests=sum(model.summary.requests for model in models),
    )


def _target(number: int, model: ReportModel, column: ComparedTarget) -> DocumentTarget:
    faults = tuple(cause for cause in model.causes if cause.outcome is Outcome.FAIL)
    musts = model.summary.by_outcome[Outcome.FAIL]
    outcome, verdict = _verdict(model, musts)
    worst = max(faults, key=lambda cause: len(cause.clients), default=None)
    return DocumentTarget(
        number,
        column,
        outcome,
        verdict,
        sentence(model),
        musts,
        faults,
        sum(cause.outcome is Outcome.WARN for cause in model.causes),
        sum(cause.silently_ignored for cause in faults),
        f"{len(worst.clients)} of {worst.clients_tested}" if worst and worst.clients else "none known",
        incompleteness(model),
    )


def _verdict(model: ReportModel, musts: int) -> tuple[Outcome, str]:
    """Return the verdict about a target. A run that could judge little, or only a part, never conforms."""
    if musts:
        return Outcome.FAIL, f"breaks {count(musts, 'MUST')}"
    if model.exit_code not in (ExitCode.CONFORMS, ExitCode.BROKEN) or not model.summary.by_outcome[Outcome.PASS]:
        return Outcome.INCONCLUSIVE, "could not be judged"
    if model.is_part or incompleteness(model):
        return Outcome.PASS, "no broken MUST in the part that was tested"
    return Outcome.PASS, "conforms"


def _result(targets: Sequence[DocumentTarget]) -> str:
    """Return the result of all targets in one sentence."""
    if len(targets) == 1:
        return targets[0].sentence
    number = len(targets)
    broken = sum(each.outcome is Outcome.FAIL for each in targets)
    unjudged = sum(each.outcome is Outcome.INCONCLUSIVE for each in targets)
    if not broken:
        said = f"None of {number} endpoints breaks a requirement that clients depend on (a MUST)"
    else:
        who = (
            f"{'Both' if number == 2 else f'All {number}'} endpoints break"
            if broken == number
            else f"{broken} of {number} endpoints break"
        )
        if broken == 1:
            who = f"1 of {number} endpoints breaks"
        said = f"{who} requirements that clients depend on (a MUST)"
    return f"{said}; {unjudged} could not be judged." if unjudged else f"{said}."


def _shared(
    targets: Sequence[DocumentTarget], models: Sequence[ReportModel], outcome: Outcome
) -> tuple[SharedFault, ...]:
    """Return the causes of all targets, each once: first what most clients fail under, then what most targets have."""
    found: dict[str, list[CauseEvidence]] = {}
    for target, model in zip(targets, models, strict=True):
        for cause in model.causes:
            if cause.outcome is outcome:
                found.setdefault(_same_fault(cause), []).append(_evidence(target, model, cause))
    faults = []
    for seen in found.values():
        worst = max((each.cause for each in seen), key=lambda cause: (len(cause.clients), len(cause.musts)))
        clients = f"{len(worst.clients)} of {worst.clients_tested} clients fail" if worst.clients else ""
        faults.append(SharedFault(worst, tuple(seen), clients))
    return tuple(sorted(faults, key=_weight))


def _same_fault(cause: Cause) -> str:
    """Return a text that is equal for two targets' causes if one title is true of both.

    What one target ignores in one parameter may be ignored in several parameters by another. The title names them
    before it says what was expected.
    """
    named = cause.symptom.kind in (SymptomKind.CONSTRAINT, SymptomKind.IGNORED)
    return cause.title.partition(": expected")[0] if named else cause.key


def _evidence(target: DocumentTarget, model: ReportModel, cause: Cause) -> CauseEvidence:
    exchange = model.exchanges.get(cause.exchange)
    if exchange is None:
        return CauseEvidence(target, cause, "", "")
    status = "no response" if exchange.status is None else str(exchange.status)
    return CauseEvidence(target, cause, exchange_line(exchange, 110), status)


def _weight(fault: SharedFault) -> tuple[int, int, int, int, str]:
    """Return a sort key: first what breaks most clients, then what most targets have."""
    cause = fault.cause
    most_clients = len(cause.clients) >= _EVERYWHERE * max(1, cause.clients_tested)
    return -most_clients, -len(fault.evidence), -len(cause.clients), -len(cause.musts), cause.key


def most_asked(targets: int) -> int:
    """Return the maximum number of questions per vendor: with more targets, fewer fit on the first two pages."""
    return 4 if targets <= 3 else 2 if targets <= 6 else 1


def _limits(models: Sequence[ReportModel]) -> Iterator[str]:
    """Yield what the audits do not show, with numbers."""
    unjudged = [model.summary.by_outcome[Outcome.INCONCLUSIVE] for model in models]
    if any(unjudged):
        said = ", ".join(f"{number}: {each}" for number, each in enumerate(unjudged, 1))
        said = said if len(models) > 1 else str(unjudged[0])
        yield f"Some requirements could not be judged ({said}). They count neither for nor against a target."
    untested = max((len(model.untested) for model in models), default=0)
    if untested:
        yield f"Up to {count(untested, 'requirement')} of the suite were not tested."
    if any(model.is_part for model in models):
        yield "At least one audit tested only a part of the suite (a smoke or gentle audit, or a spent budget)."
    yield (
        "An audit samples. A fault that occurs rarely, only under load, or only for other prompts may be missed."
        " The quality of answers is not judged."
    )
    yield "The audit shows what the target did on these dates, from one place. A later version may behave differently."


def _edition(models: Sequence[ReportModel], newest: str) -> str:
    gated = sorted({model.gated.edition for model in models if model.gated and model.gated.edition})
    if gated:
        return f"The gate counted the requirements of edition {', '.join(gated)}."
    return f"All requirements of the suite count; the newest edition is {newest}."


def levels_of(cause: Cause) -> str:
    """Return how many requirements a cause breaks: `3 MUST, 2 others`."""
    musts, others = len(cause.musts), len(cause.requirements) - len(cause.musts)
    named = [f"{musts} {Level.MUST}"] if musts else []
    return ", ".join([*named, count(others, "other" if musts else "recommendation")] if others else named)
