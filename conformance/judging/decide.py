"""Converts the result of a check to a verdict; no other code converts exceptions to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from traceback import extract_tb
from types import MappingProxyType

from conformance.api import CORE
from conformance.checks.language import (
    Broken,
    DocumentedDifference,
    Inconclusive,
    NotApplicable,
    Unsupported,
    exchange_id,
    shown,
)
from conformance.config import Profile
from conformance.contract import Feature, Requirement
from conformance.engine import (
    BudgetExhausted,
    Interrupted,
    LimitsIgnored,
    NoSuchOperation,
    NotRecorded,
    TargetDied,
    Unaskable,
)
from conformance.judging.absent import quoted
from conformance.judging.control import asks_for, is_told
from conformance.judging.malformed import STUMBLES, first_malformed
from conformance.reply import NotAnswered, model_lacks, points_at, read_error, refuses_the_body
from conformance.reply.operation import operation_of
from conformance.reply.referring import referring
from conformance.verdict import Finding, Outcome, Reason, Verdict, outcome_of_break
from conformance.wire import Exchange, NoTokenError

# Statuses that say "not now" rather than "not so".
_BUSY = frozenset({429, 503})
_NAMED = 3  # server errors that one verdict names
ABOUT_HISTORIES = ("chat.messages.", "error.", "responses.", "generated.")
"""Requirements that judge histories themselves, or belong to another operation than chat."""
NO_EXCHANGES: Mapping[str, Exchange] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Case:
    """The context for judging one case of a check: its requirement, its exchanges, and the target's profile."""

    requirement: Requirement
    case: str
    exchanges: tuple[str, ...]
    profile: Profile
    features: Mapping[str, Feature]
    accepts_everything: str = ""
    acceptance: bool = False
    accepted_without: Callable[[Exchange, Feature], Exchange | None] = lambda _, __: None
    """The accepted response to a rejected request without the feature, or None."""
    accepted_without_calls: Callable[[Exchange], Exchange | None] = lambda _: None
    """The accepted response to a rejected request without the tool calls in its history, or None."""

    def verdict(
        self, outcome: Outcome, detail: str = "", *, reason: Reason | None = None, findings: tuple[Finding, ...] = ()
    ) -> Verdict:
        """Return a verdict for the case of the check that is being judged.

        The verdict cites the exchanges of its findings first, then all other exchanges of the check.
        """
        telling = (finding.exchange for finding in findings if finding.exchange)
        return Verdict(
            requirement=self.requirement.id,
            level=self.requirement.level,
            outcome=outcome,
            case=self.case,
            reason=reason,
            detail=detail,
            findings=findings,
            exchanges=tuple(dict.fromkeys((*telling, *self.exchanges))),
            seen=len(self.exchanges),
        )

    def broken(self, findings: tuple[Finding, ...], detail: str = "") -> Verdict:
        """Return the verdict for a violation: fail or warn, depending on the level of the requirement.

        If the profile documents the violation as a difference from OpenAI, the outcome is not applicable.
        """
        name = self.requirement.id
        findings = tuple(replace(each, cause=each.cause or name) for each in findings)
        undocumented = tuple(each for each in findings if self.profile.documents(name, each.cause) is None)
        if findings and not undocumented:
            return self.differs(self.profile.documents(name, findings[0].cause) or "", findings)
        return self.verdict(outcome_of_break(self.requirement.level), detail, findings=undocumented)

    def differs(self, difference: str, findings: tuple[Finding, ...] = ()) -> Verdict:
        """Return the verdict for a target whose own documentation, which it follows, differs from OpenAI's."""
        detail = f"documented difference: {difference}"
        return replace(self.verdict(Outcome.NOT_APPLICABLE, detail, findings=findings), difference=difference)


def decide(case: Case, raised: BaseException | None, known: Mapping[str, Exchange] = NO_EXCHANGES) -> Verdict:
    """Return the verdict of a check that returned (`raised` is None) or raised an exception.

    `known` has all exchanges of the run by id.
    """
    seen = [known[name] for name in case.exchanges if name in known]
    verdict = _of(case, raised, seen)
    if verdict.findings:
        found = (quoted(finding, known.get(finding.exchange)) for finding in verdict.findings)
        verdict = replace(verdict, findings=tuple(found))
    if verdict.outcome is Outcome.ERROR and isinstance(raised, STUMBLES):
        return _excused(verdict, seen)
    return with_server_errors(verdict, seen)


def _of(case: Case, raised: BaseException | None, seen: Sequence[Exchange]) -> Verdict:
    match raised:
        case None if case.accepts_everything and case.acceptance:
            return case.verdict(Outcome.INCONCLUSIVE, case.accepts_everything, reason=Reason.ACCEPTS_EVERYTHING)
        case None:
            return case.verdict(Outcome.PASS)
        case Broken(findings=findings):
            return case.broken(findings)
        case Inconclusive(reason=reason, detail=detail):
            return case.verdict(Outcome.INCONCLUSIVE, detail, reason=reason)
        case Unsupported():
            return case.verdict(Outcome.UNSUPPORTED, str(raised))
        case DocumentedDifference():
            return case.differs(str(raised))
        case NotApplicable() | NoSuchOperation():
            return case.verdict(Outcome.NOT_APPLICABLE, str(raised))
        case BudgetExhausted():
            reason = Reason.TARGET_DIED if isinstance(raised, TargetDied) else Reason.BUDGET_EXHAUSTED
            reason = Reason.INTERRUPTED if isinstance(raised, Interrupted) else reason
            reason = Reason.LIMITS_IGNORED if isinstance(raised, LimitsIgnored) else reason
            return case.verdict(Outcome.INCONCLUSIVE, str(raised), reason=reason)
        case Unaskable() | NotRecorded() | NoTokenError():
            return case.verdict(Outcome.INCONCLUSIVE, str(raised), reason=Reason.PREREQUISITE_FAILED)
        case NotAnswered():
            return _not_answered(case, raised, seen)
        case KeyboardInterrupt():
            return case.verdict(Outcome.INCONCLUSIVE, "the run was interrupted", reason=Reason.INTERRUPTED)
        case _:
            return case.verdict(
                Outcome.ERROR, f"the check itself failed: {type(raised).__name__}: {raised}{_place(raised)}"
            )


def with_server_errors(verdict: Verdict, exchanges: Iterable[Exchange]) -> Verdict:
    """If the reason of a verdict is `PREMISE_NOT_MET`, add the server errors that the check met to the verdict.

    A server error in one of the check's exchanges may be the reason why a premise of the check was not met. A verdict
    with a reason other than `PREMISE_NOT_MET` is returned unchanged.
    """
    if verdict.reason is not Reason.PREMISE_NOT_MET:
        return verdict
    errors = [exchange for exchange in exchanges if (exchange.status or 0) >= 500 and exchange.status not in _BUSY]
    if not errors or any(f"{each.id} was answered" in verdict.detail for each in errors):
        return verdict
    said = ", ".join(f"{each.id} was answered {each.status}" for each in errors[:_NAMED])
    return replace(verdict, detail=referring(f"{verdict.detail}; {said}", see="http.no-server-error"))


def _excused(verdict: Verdict, exchanges: Iterable[Exchange]) -> Verdict:
    """Return an error of the suite, unless a malformed response explains it, which another requirement judges."""
    found = first_malformed(exchanges)
    if found is None:
        return verdict
    return replace(
        verdict,
        outcome=Outcome.INCONCLUSIVE,
        reason=Reason.PREREQUISITE_FAILED,
        detail=f"the answer {found.id} has not the shape that is to be judged ({verdict.detail})",
        exchanges=tuple(dict.fromkeys((found.id, *verdict.exchanges))),
    )


def _place(raised: BaseException) -> str:
    """Return where in this suite an exception was raised, for its maintainers."""
    ours = [frame for frame in extract_tb(raised.__traceback__) if "conformance" in Path(frame.filename).parts]
    return f" ({'/'.join(Path(ours[-1].filename).parts[-2:])}:{ours[-1].lineno})" if ours else ""


def _not_answered(case: Case, refused: NotAnswered, seen: Sequence[Exchange]) -> Verdict:
    """Decide what a missing completion means: whose fault it is, and whether it matters here."""
    exchange = refused.exchange
    case = replace(case, exchanges=tuple(dict.fromkeys((exchange.id, *case.exchanges))))
    status = exchange.status
    if status in _BUSY:
        return case.verdict(Outcome.INCONCLUSIVE, f"the target answered {status}", reason=Reason.RATE_LIMITED)
    feature = case.features.get(case.requirement.feature or "")
    # Whatever answers an upgrade but 101 leaves HTTP as it was: the target does not speak WebSocket here.
    no_upgrade = exchange.request.on_socket and status not in (None, 101, 401) and exchange.failure is None
    absent = status in (404, 405, 501) and operation_of(exchange.request) != CORE  # the operation itself is missing
    absent = absent or (no_upgrade and (status or 0) < 500)
    if feature is None or status is None or (status == 200 and not no_upgrade):
        return case.verdict(Outcome.INCONCLUSIVE, refused.why, reason=Reason.PREREQUISITE_FAILED)
    if not absent and not asks_for(feature, exchange.request):
        return _prerequisite(case, exchange, refused.why)
    if not absent and not case.requirement.id.startswith(ABOUT_HISTORIES):
        plain = case.accepted_without_calls(exchange)
        if plain is not None:
            case = replace(case, exchanges=(*case.exchanges, plain.id))
            why = f"refused with {status} for the tool calls in its history: accepted without them ({plain.id})"
            return case.verdict(
                Outcome.INCONCLUSIVE,
                referring(why, see="chat.messages.tool-history"),
                reason=Reason.PREREQUISITE_FAILED,
            )
    error = read_error(exchange)
    named = points_at(error, (*feature.params, feature.name))
    clean = absent or (400 <= status < 500 and status not in (401, 403) and named)
    refused_with = f"refused with {status}"
    # Not all servers say what they refuse; whether it is the feature, the same request without it tells.
    may_be_another = refuses_the_body(status) or (status >= 500 and is_told(feature, exchange.request))
    control = case.accepted_without(exchange, feature) if may_be_another and not clean else None
    if control is not None:
        refused_with = f"{refused_with}, and accepted without it ({control.id})"
        case = replace(case, exchanges=(*case.exchanges, control.id))
        clean = status < 500
    elif status >= 500 and not absent and (may_be_another or not _speaks_for_operation(case, feature, exchange, seen)):
        return _prerequisite(case, exchange, refused.why)
    # OpenAI promises it of its endpoint, and not of every model; anyone who adds a contract knows what is served.
    excused = model_lacks(error) and case.profile.contracts == ("openai",)
    promised = feature.name in case.profile.promised and not excused
    missing = absent and not is_told(feature, exchange.request)
    if missing and promised and not _speaks_for_operation(case, feature, exchange, seen):
        why = f"refused with {status}, because the operation is missing"
        return case.verdict(
            Outcome.INCONCLUSIVE, referring(why, see=feature.answered), reason=Reason.PREREQUISITE_FAILED
        )
    if clean and not promised:
        return case.verdict(Outcome.UNSUPPORTED, f"{refused_with}: {shown(error.message, 200)}")
    if clean or status >= 500:
        why = "a promised feature is answered" if promised else "an optional feature is answered, or cleanly refused"
        finding = Finding(
            expected=f"{why} (parameter {', '.join(feature.params) or feature.name})",
            observed=f"{status}: {shown(error.message or exchange.text, 200)}",
            where="status",
            exchange=exchange_id(exchange),
            cause=f"{feature.name} is refused with {status}",
        )
        return case.broken((finding,), refused.why)
    unnamed = f", and the error does not name {' or '.join(feature.params) or feature.name}"
    return case.verdict(
        Outcome.INCONCLUSIVE,
        f"refused with {status}{' for another reason' if named else unnamed}: {shown(error.message, 200)}",
        reason=Reason.PREREQUISITE_FAILED,
    )


def _speaks_for_operation(case: Case, feature: Feature, exchange: Exchange, seen: Iterable[Exchange]) -> bool:
    """Return whether a refusal counts here; if a whole operation fails or is missing, only one requirement reports it."""
    operation = operation_of(exchange.request)
    answered = any(each.status == 200 and operation_of(each.request) == operation for each in seen)
    return answered or feature.answered in ("", case.requirement.id)


def _prerequisite(case: Case, exchange: Exchange, why: str) -> Verdict:
    """Return inconclusive, because a request without the feature is not answered either."""
    see = ""
    if (exchange.status or 0) >= 500:
        operation = case.features.get(operation_of(exchange.request) or "")
        see = operation.answered if operation is not None and operation.answered else "http.no-server-error"
    see = "" if see == case.requirement.id else see
    return case.verdict(Outcome.INCONCLUSIVE, referring(why, see=see), reason=Reason.PREREQUISITE_FAILED)
