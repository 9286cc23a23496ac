"""The data that all reports of a run show, computed once from the run and the registry.

The report model takes the outcomes from the run; it does not judge again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.acceptance import Configuration, Gated, QualityGate, violations_of
from conformance.causes import Cause, find_causes
from conformance.report.contracts import Contracts, read_contracts
from conformance.report.ending import ending_of, never_began
from conformance.report.feature_map import FeatureMap, feature_map
from conformance.report.gate_words import refusal
from conformance.report.identity import Identity
from conformance.report.notes import SMOKE, misfit, overspent, part, unsteady
from conformance.report.requirement_page import page_of
from conformance.report.rows import Row, Untested
from conformance.service import ServiceFigures, service_figures
from conformance.verdict import Ending, ExitCode, Outcome, Reason, Verdict, combine, exit_code

if TYPE_CHECKING:
    from conformance.contract import Requirement
    from conformance.record import RedactedRun
    from conformance.wire import Exchange

PRICES = ("price_in", "price_out")
UNLISTED = "not in the registry"
"""The area of requirements that this version's registry lacks (an old or foreign run)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The requests, tokens, cost and seconds that a run took, and the number of requirements by outcome.

    `cost` is None if the prices of the target are unknown. A count is `None` if the run has no footer that states the count. `by_outcome` has the number of requirements with
    each outcome.
    """

    requests: int
    exchanges: int
    output_tokens: int | None
    seconds: float | None
    by_outcome: Mapping[Outcome, int]
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """One area of requirements, with the number of requirements by outcome.

    `rows` has the requirements of the area in the order of the registry.
    """

    name: str
    rows: tuple[Row, ...]
    by_outcome: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class ReportModel:
    """All data that a report shows about one run.

    `causes` has all faults of the target, the most important first. `features` is the map of constrained output; None
    if none of its requirements was judged. `gated` is the decision of a gate; None without a gate. `ending` explains
    why the run did not finish or has no overall verdict.
    """

    suite_name: str
    suite_version: str
    url: str
    model: str
    profile: str
    contracts: tuple[str, ...]
    started: str
    ended: str
    settings: Mapping[str, Any]
    notes: tuple[str, ...]
    complete: bool
    interrupted: bool
    summary: Summary
    rows: tuple[Row, ...]
    areas: tuple[Area, ...]
    causes: tuple[Cause, ...]
    untested: tuple[Untested, ...]
    excluded: tuple[Untested, ...]
    exit_code: ExitCode
    features: FeatureMap | None
    identity: Identity
    exchanges: Mapping[str, Exchange] = field(repr=False)
    contracts_compared: Contracts | None = None
    ending: Ending | None = None
    gated: Gated | None = None
    service: ServiceFigures = field(default_factory=ServiceFigures)
    """Latency, errors, tokens and cost. They influence no verdict."""

    def fails(self, row: Row) -> bool:
        """Return whether a requirement fails the build.

        Without a gate, a violated MUST fails the build. With a gate, a violation that the gate rejects fails the build.
        """
        return row.outcome is Outcome.FAIL if self.gated is None else row.requirement in self.gated.failing

    @property
    def title(self) -> str:
        """The target's name, as given by the user or found in responses; the target's URL if no name is known."""
        return str(self.settings.get("name") or "") or self.identity.product or self.url

    def seconds_of(self, row: Row) -> float:
        """Return the total time of a requirement's exchanges; an exchange counts for each requirement that uses it."""
        timings = [self.exchanges[name].timing for name in row.verdict.exchanges if name in self.exchanges]
        return sum(timing.last_byte_ms or 0.0 for timing in timings) / 1_000

    @property
    def fix_first(self) -> tuple[Cause, ...]:
        """The five most important causes of violations."""
        return self.causes[:5]

    @property
    def key_env(self) -> str:
        """The name of the environment variable with the API key, from the run's setting `key: from NAME`.

        Return "" if the run took no API key from an environment variable.
        """
        said, name = str(self.settings.get("key", "")).partition(" ")[::2]
        return name if said == "from" else ""

    @property
    def is_part(self) -> bool:
        """Whether the run tested only a part of the suite: a smoke or gentle run, or a run that used up its budget."""
        spent = any(row.reason is Reason.BUDGET_EXHAUSTED for row in self.rows)
        return spent or self.settings.get("depth") == SMOKE or bool(self.settings.get("gentle"))

    @property
    def differences(self) -> tuple[Row, ...]:
        """The requirements with documented differences."""
        return tuple(row for row in self.rows if row.difference)


def build_model(run: RedactedRun, registry: Mapping[str, Requirement], gate: QualityGate | None = None) -> ReportModel:
    """Return the report model of a run.

    Requirements are in the registry's order; requirements unknown to the registry come last. If `gate` is given, the
    report shows whether the run passes this gate. If the run ended before it measured anything, the report has no
    requirements, only the reason why the run ended.
    """
    header, target = run.header, run.header.target
    verdicts = combine(run.verdicts)
    cases: dict[str, list[Verdict]] = {}
    for verdict in run.verdicts:
        cases.setdefault(verdict.requirement, []).append(verdict)
    order = {requirement: place for place, requirement in enumerate(registry)}
    names = sorted(verdicts, key=lambda name: order.get(name, len(order)))
    causes = find_causes((verdicts[name] for name in names), registry, run.exchanges)
    ignored = {name for cause in causes if cause.silently_ignored for name in cause.musts}
    rows = tuple(_row(verdicts[name], tuple(cases[name]), registry.get(name), ignored) for name in names)
    docs = str(header.settings.get("docs_url") or "")
    rows = tuple(replace(row, page=page_of(docs, row.requirement, row.contract)) for row in rows)
    loaded = target.contracts
    gated = _gated(run, rows, causes, gate) if gate else None
    failing = gated.failing if gated else None
    ending = ending_of(run, verdicts.values(), failing) or (refusal(gated) if gated else None)
    code = exit_code(verdicts.values(), failing)
    if gated and gated.failing_waivers and code is ExitCode.CONFORMS:
        code = ExitCode.BROKEN
    if gated:
        rows = tuple(replace(row, rulings=gated.acceptance.of(row.requirement)) for row in rows)
    shown = () if ending is not None and never_began(ending, verdicts.values()) else rows
    missing = [r for r in registry.values() if r.id not in verdicts and (not loaded or r.contract in loaded)]
    return ReportModel(
        suite_name=header.suite_name,
        suite_version=header.suite_version,
        url=target.url,
        model=target.model,
        profile=target.profile,
        contracts=target.contracts,
        started=header.started,
        ended=run.footer.ended if run.footer else "",
        settings=header.settings,
        notes=(
            *part(run, rows, sum(not each.excluded for each in missing)),
            *header.notes,
            *overspent(run),
            *unsteady(rows),
            *misfit(rows, target.profile),
            *_told(run, "away"),
            *_told(run, "left_behind"),
        ),
        complete=run.complete,
        interrupted=run.interrupted,
        summary=_summary(run, shown),
        rows=shown,
        areas=_areas(shown),
        causes=causes,
        untested=tuple(_untested(r) for r in missing if not r.excluded),
        excluded=tuple(_untested(r) for r in missing if r.excluded),
        exit_code=ending.code if ending else code,
        features=feature_map({row.requirement: row.verdict for row in rows}, cases, run.exchanges),
        identity=Identity(run.exchanges, str(run.footer.summary.get("version") or "") if run.footer else ""),
        exchanges=run.exchanges,
        ending=ending,
        gated=gated,
        service=service_figures(run.exchanges.values(), *(_price(header.settings.get(name)) for name in PRICES)),
        contracts_compared=read_contracts(run.footer.summary.get("contracts") if run.footer else None),
    )


def _gated(run: RedactedRun, rows: Sequence[Row], causes: Sequence[Cause], gate: QualityGate) -> Gated:
    """Return what the gate says about the run; the levels are those of its edition."""
    frozen = gate.edition.levels if gate.edition else {}
    levels = {row.requirement: frozen.get(row.requirement, row.level) for row in rows}
    verdicts = {row.requirement: row.verdict for row in rows}
    whole = run.complete and not run.interrupted and ending_of(run, verdicts.values(), ()) is None
    return gate.rule(Configuration.of(run.header), violations_of(causes, levels), verdicts, whole=whole)


def _row(verdict: Verdict, cases: tuple[Verdict, ...], known: Requirement | None, ignored: Collection[str]) -> Row:
    marked = verdict.requirement in ignored
    if known is None:
        row = Row(verdict.requirement, "", UNLISTED, verdict.level, "", verdict, cases, difference=verdict.difference)
        return replace(row, silently_ignored=marked)
    return Row(
        requirement=known.id,
        contract=known.contract,
        area=known.area,
        level=verdict.level,
        statement=known.statement,
        verdict=verdict,
        cases=cases,
        basis=str(known.basis),
        source=known.source,
        impact=known.impact,
        fix=known.fix,
        model=str(known.model),
        difference=verdict.difference,
        silently_ignored=marked,
    )


def _untested(known: Requirement) -> Untested:
    return Untested(known.id, known.contract, known.area, known.level, known.statement, known.excluded or "")


def broken_first(area: Area) -> tuple[int, ...]:
    """Return a sort key that puts the areas with the most failures first, and then the areas with the most errors."""
    return tuple(
        -area.by_outcome[outcome] for outcome in (Outcome.FAIL, Outcome.ERROR, Outcome.WARN, Outcome.INCONCLUSIVE)
    )


def count_outcomes(rows: Sequence[Row]) -> dict[Outcome, int]:
    """Return the number of requirements with each outcome, the least severe outcome first.

    If no requirement has an outcome, this outcome is listed with the number 0.
    """
    return {outcome: sum(row.outcome is outcome for row in rows) for outcome in Outcome}


def _told(run: RedactedRun, name: str) -> tuple[str, ...]:
    """Sentences of the footer: what could not be deleted on the target, or when it was away."""
    said = run.footer.summary.get(name) if run.footer else None
    return tuple(str(sentence) for sentence in said) if isinstance(said, (list, tuple)) else ()


def _summary(run: RedactedRun, rows: Sequence[Row]) -> Summary:
    # Counted from the exchanges when the footer is missing: a run that was killed still says what it sent.
    said = run.footer.summary if run.footer else {}
    sent = sum(1 + len(exchange.attempts) for exchange in run.exchanges.values())
    tokens, seconds, cost = said.get("output_tokens"), said.get("seconds"), said.get("cost")
    return Summary(
        requests=int(said.get("requests", sent)),
        exchanges=int(said.get("exchanges", len(run.exchanges))),
        output_tokens=None if tokens is None else int(tokens),
        seconds=None if seconds is None else float(seconds),
        by_outcome=count_outcomes(rows),
        cost=None if cost is None else float(cost),
    )


def _price(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _areas(rows: Sequence[Row]) -> tuple[Area, ...]:
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.area, []).append(row)
    return tuple(Area(name, tuple(members), count_outcomes(members)) for name, members in by_name.items())
