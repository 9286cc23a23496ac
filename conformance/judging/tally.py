"""Collects the findings of invariants about the exchanges of a run, live or recorded, and makes verdicts from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from conformance.checks.invariants import all_invariants
from conformance.checks.judgement import Invariant, Judgement, Unjudged
from conformance.contract import Registry
from conformance.judging.absent import quoted
from conformance.judging.malformed import is_malformed
from conformance.reply.reading import Reading
from conformance.reply.views import View
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict, outcome_of_break
from conformance.wire import Exchange

Documented = Callable[[str, str], str | None]
"""Returns the profile's reason, with its source, why the target may violate a requirement with a cause, or None."""

MAX_FINDINGS = 5
# A stream that is wrong in every chunk is wrong once: after so many breaks in one exchange no more are looked for.
MAX_BREAKS = 20
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class Tally:
    """The findings of one invariant about the exchanges judged so far; at most `MAX_FINDINGS` findings are kept.

    Documented differences from OpenAI are counted separately from violations. A documented difference is not counted as
    a violation, and does not use up the limit of findings.
    """

    requirement: str
    level: Level
    documented: Documented | None = None
    seen: int = 0
    broken: int = 0
    differed: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)
    differences: dict[str, Finding] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    trouble_on: Exchange | None = None
    unjudged: list[str] = field(default_factory=list)

    def add(self, exchange: Exchange, judgements: Iterator[Judgement]) -> bool:
        """Count one exchange, and keep its findings whose causes were not seen before.

        Returns whether the verdict may cite this exchange. If an invariant raises an exception, only the verdict of
        this invariant is an error.
        """
        applied = False
        breaks = 0
        differed = False
        cited = False
        try:
            for judgement in judgements:
                applied = True
                if judgement is None:
                    continue
                if isinstance(judgement, Unjudged):
                    self.unjudged.append(f"{exchange.id}: {judgement.why}")
                else:
                    cause = judgement.cause or f"{self.requirement} {_DIGITS.sub('*', judgement.where)}"
                    if self.documented is not None and self.documented(self.requirement, cause) is not None:
                        differed = True
                        cited |= _keep(self.differences, cause, exchange, judgement)
                        continue
                    breaks += 1
                    cited |= _keep(self.findings, cause, exchange, judgement)
                    if breaks == MAX_BREAKS:
                        break
        except Exception as error:  # noqa: BLE001 - whatever a check raises is our fault, and no other check's
            if self.trouble is None:
                self.trouble, self.trouble_on = error, exchange
            return self.trouble_on is exchange
        if not applied:
            return False
        self.seen += 1
        if len(self.examples) < MAX_FINDINGS:
            self.examples.append(exchange.id)
            cited = True
        self.broken += breaks > 0
        self.differed += differed
        return cited

    def verdict(self) -> Verdict:
        """Return the verdict about all exchanges that were judged so far.

        If the profile does not document all findings, the verdict contains only the findings that the profile does not
        document. If the profile documents all findings, the outcome of the verdict is not applicable, with the
        documented reason.
        """
        if self.trouble is not None:
            return self._troubled(self.trouble)
        if not self.seen:
            return self._verdict(Outcome.NOT_APPLICABLE, "no exchange of this run shows it")
        if self.broken:
            detail = f"broken on {self.broken} of {self.seen} exchanges"
            verdict = self._verdict(outcome_of_break(self.level), detail, findings=tuple(self.findings.values()))
            return replace(verdict, broken=self.broken)
        if self.differed:
            return self._differs()
        if self.unjudged:
            detail = f"not seen on {len(self.unjudged)} of {self.seen} exchanges: {self.unjudged[0]}"
            cited = (each.partition(":")[0] for each in self.unjudged[:MAX_FINDINGS])
            return self._verdict(Outcome.INCONCLUSIVE, detail, Reason.PREREQUISITE_FAILED, cited=tuple(cited))
        return self._verdict(Outcome.PASS, f"held on {self.seen} exchanges", cited=tuple(self.examples))

    def _differs(self) -> Verdict:
        """Return the verdict if the profile documents all findings."""
        findings = tuple(self.differences.values())
        difference = self.documented(self.requirement, findings[0].cause) if self.documented is not None else None
        verdict = self._verdict(Outcome.NOT_APPLICABLE, f"documented difference: {difference}", findings=findings)
        return replace(verdict, difference=difference or "")

    def _troubled(self, error: Exception) -> Verdict:
        """Return an error of the suite, unless a malformed response explains it, which another requirement judges."""
        name = self.trouble_on.id if self.trouble_on is not None else ""
        detail = f"the check itself failed: {type(error).__name__}: {error} (on {name})"
        if self.trouble_on is not None and is_malformed(self.trouble_on):
            why = f"the answer {name} has not the shape that is to be judged ({detail})"
            return self._verdict(Outcome.INCONCLUSIVE, why, Reason.PREREQUISITE_FAILED, cited=(name,))
        return self._verdict(Outcome.ERROR, detail)

    def _verdict(
        self,
        outcome: Outcome,
        detail: str,
        reason: Reason | None = None,
        *,
        findings: tuple[Finding, ...] = (),
        cited: tuple[str, ...] = (),
    ) -> Verdict:
        return Verdict(
            self.requirement,
            self.level,
            outcome,
            reason=reason,
            detail=detail,
            findings=findings,
            exchanges=cited or tuple(dict.fromkeys(finding.exchange for finding in findings)),
            seen=self.seen,
        )


def _keep(findings: dict[str, Finding], cause: str, exchange: Exchange, judgement: Finding) -> bool:
    """Keep the finding if it is the first of its cause and there is room for one more."""
    if cause in findings or len(findings) == MAX_FINDINGS:
        return False
    findings[cause] = quoted(replace(judgement, exchange=exchange.id, cause=cause), exchange)
    return True


class Judging:
    """Applies many invariants to one exchange after another, so that only one exchange must be in memory."""

    def __init__(self, registry: Registry, only: set[str] | None = None, documented: Documented | None = None) -> None:
        """`only` are the requirements to judge (None for all); `documented` knows the profile's differences."""
        chosen = [item for name, item in all_invariants().items() if only is None or name in only]
        self.tallies = {
            item.requirement: Tally(item.requirement, registry[item.requirement].level, documented) for item in chosen
        }
        self._by_view: dict[type[View], list[tuple[Invariant, Tally]]] = {}
        for item in chosen:
            self._by_view.setdefault(item.view, []).append((item, self.tallies[item.requirement]))

    def add(self, exchange: Exchange) -> bool:
        """Judge one exchange by all invariants; return whether a verdict may cite this exchange."""
        cited = False
        lost = exchange.lost
        reading = Reading(exchange)
        for view_type, chosen in self._by_view.items():
            view = view_type.of(reading)
            if view is not None:
                for item, tally in chosen:
                    if not lost or lost.isdisjoint(item.needs):
                        cited |= tally.add(exchange, item.function(view))
        return cited

    def verdicts(self) -> list[Verdict]:
        """Return one verdict for each invariant."""
        return [tally.verdict() for tally in self.tallies.values()]
