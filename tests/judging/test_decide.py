"""From what a check did to a verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import Broken, DocumentedDifference, Inconclusive, NotApplicable, Unsupported
from conformance.config import Difference, load_profile
from conformance.contract import load_features, load_registry
from conformance.engine import BudgetExhausted
from conformance.judging.decide import Case, decide
from conformance.reply import NotAnswered
from conformance.verdict import Finding, Level, Outcome, Reason
from conformance.wire import Exchange, Failure, FailureKind, Request

REGISTRY = load_registry()
PROFILE = load_profile("openai")


def case(requirement: str = "chat.stop.excluded", **changes: Any) -> Case:
    return replace(Case(REGISTRY[requirement], "json", ("x1",), PROFILE, load_features()), **changes)


def refused(
    status: int | None, message: str = "", path: str = "chat/completions", code: str | None = None
) -> NotAnswered:
    body = json.dumps({"error": {"message": message, "code": code}}).encode()
    failure = None if status else Failure(FailureKind.CONNECT, "refused")
    exchange = Exchange("x9", Request("POST", f"http://x/v1/{path}"), status=status, body=body, failure=failure)
    return NotAnswered(exchange, f"the target answered {status}")


@pytest.mark.parametrize(
    ("raised", "outcome", "reason"),
    [
        (None, Outcome.PASS, None),
        (Broken([Finding("a", "b", exchange="x2")]), Outcome.FAIL, None),
        (Inconclusive(Reason.PREMISE_NOT_MET, "why"), Outcome.INCONCLUSIVE, Reason.PREMISE_NOT_MET),
        (Unsupported("no"), Outcome.UNSUPPORTED, None),
        (NotApplicable("no key"), Outcome.NOT_APPLICABLE, None),
        (DocumentedDifference("422"), Outcome.NOT_APPLICABLE, None),
        (BudgetExhausted("spent"), Outcome.INCONCLUSIVE, Reason.BUDGET_EXHAUSTED),
        (KeyboardInterrupt(), Outcome.INCONCLUSIVE, Reason.INTERRUPTED),
        (AssertionError("bare"), Outcome.ERROR, None),
        (ZeroDivisionError("ours"), Outcome.ERROR, None),
    ],
)
def test_what_a_check_raises_becomes_an_outcome(
    raised: BaseException | None, outcome: Outcome, reason: Reason | None
) -> None:
    """Whatever is not a word of the language is an error of ours, a bare assert too."""
    verdict = decide(case(), raised)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


@pytest.mark.parametrize("code", ["unsupported_parameter", "unsupported_value"])
def test_what_a_model_lacks_is_no_broken_promise_of_the_api(code: str) -> None:
    """OpenAI's own reasoning models refuse `stop` so; a 5xx is none the better, nor is a promise that a vendor made."""
    message = "Unsupported parameter: 'stop' is not supported with this model."
    assert decide(case(), refused(400, message)).outcome is Outcome.FAIL
    assert decide(case(), refused(400, message, code=code)).outcome is Outcome.UNSUPPORTED
    assert decide(case(), refused(500, message, code=code)).outcome is Outcome.FAIL
    vendor = replace(PROFILE, contracts=("openai", "vllm"))
    assert decide(case(profile=vendor), refused(400, message, code=code)).outcome is Outcome.FAIL


def test_a_broken_should_warns() -> None:
    """The level decides."""
    assert decide(case("chat.stop.limit"), Broken([Finding("a", "b")])).outcome is Outcome.WARN


def test_the_telling_exchange_comes_first() -> None:
    """Evidence before context."""
    assert decide(case(), Broken([Finding("a", "b", exchange="x2")])).exchanges == ("x2", "x1")


def test_acceptance_proves_nothing_on_a_liar() -> None:
    """A target that says 200 to nonsense passes no check that rests on its 200 alone."""
    verdict = decide(case(accepts_everything="it says 200 to nonsense", acceptance=True), None)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.ACCEPTS_EVERYTHING)
    assert decide(case(accepts_everything="it says 200 to nonsense"), None).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("requirement", "refusal", "outcome"),
    [
        ("chat.n.count", refused(400, "Parameter n is not supported"), Outcome.UNSUPPORTED),
        ("chat.n.count", refused(400, "Something odd happened"), Outcome.INCONCLUSIVE),
        ("chat.n.count", refused(500, "boom"), Outcome.FAIL),
        ("chat.n.count", refused(429), Outcome.INCONCLUSIVE),
        ("chat.n.count", refused(None), Outcome.INCONCLUSIVE),
        ("chat.n.count", refused(401, "n: wrong key"), Outcome.INCONCLUSIVE),
        ("chat.stop.excluded", refused(400, "stop is not supported"), Outcome.FAIL),
        ("chat.stop.limit", refused(400, "stop is not supported"), Outcome.WARN),
        ("models.retrieve", refused(404, "Not Found", "models/m"), Outcome.UNSUPPORTED),
        ("chat.usage.prompt-grows", refused(400, "no"), Outcome.INCONCLUSIVE),
    ],
)
def test_a_refusal_is_judged_by_reason_and_promise(requirement: str, refusal: NotAnswered, outcome: Outcome) -> None:
    """Optional and refused by name: unsupported. Promised, or a server error: broken. For another reason: inconclusive."""
    verdict = decide(case(requirement), refusal)
    assert verdict.outcome is outcome
    assert verdict.exchanges[0] == "x9"


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (400, "Cannot determine type", 'refused with 400, and the error does not name n: "Cannot determine type"'),
        (401, "n: wrong key", 'refused with 401 for another reason: "n: wrong key"'),
    ],
)
def test_a_refusal_for_an_unknown_reason_is_quoted(status: int, message: str, expected: str) -> None:
    """The target may have rejected the parameter without naming it, so the reason is not called another one."""
    assert decide(case("chat.n.count"), refused(status, message)).detail == expected


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Outcome.UNSUPPORTED) for status in (200, 301, 400, 403, 404, 405, 426)),
        *((status, Outcome.INCONCLUSIVE) for status in (401, 429, 503, None)),
        (500, Outcome.FAIL),
    ],
)
def test_a_refused_upgrade_is_a_mode_that_is_not_there(status: int | None, outcome: Outcome) -> None:
    """Whatever answers it but 101; not where the key is not taken, the target is busy, fails, or says nothing."""
    failure = None if status else Failure(FailureKind.CONNECT, "refused")
    exchange = Exchange("x9", Request("GET", "wss://x/v1/responses"), status=status, failure=failure)
    raised = NotAnswered(exchange, f"the target answered {status}")
    assert decide(case("responses.socket.upgrade"), raised).outcome is outcome
    promised = replace(PROFILE, promised=PROFILE.promised | {"responses_websocket"})
    if outcome is Outcome.UNSUPPORTED:
        assert decide(case("responses.socket.upgrade", profile=promised), raised).outcome is Outcome.FAIL


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_missing_promised_operation_fails_once(status: int) -> None:
    """The sentences of the other requirements are not shown to be broken."""
    promised = replace(PROFILE, promised=PROFILE.promised | {"embeddings"})
    raised = refused(status, "no such route", path="embeddings")
    assert decide(case("embeddings.schema", profile=promised), raised).outcome is Outcome.FAIL
    other = decide(case("embeddings.order", profile=promised), raised)
    assert (other.outcome, other.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE_FAILED)
    assert "embeddings.schema" in other.detail
    assert decide(case("embeddings.order"), raised).outcome is Outcome.UNSUPPORTED


def test_a_documented_difference_is_no_failure() -> None:
    """It is shown apart; another way to break the same requirement still fails."""
    difference = Difference("chat.stop.*", "we say so", "our docs", cause="known*")
    profile = replace(PROFILE, differences=(difference,))
    known = Broken([Finding("a", "b", cause="known way")])
    verdict = decide(case(profile=profile), known)
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.detail == "documented difference: we say so (our docs)"
    assert verdict.difference == "we say so (our docs)"
    assert [finding.observed for finding in verdict.findings] == ["b"]
    both = Broken([Finding("a", "b", cause="known way"), Finding("a", "c", cause="new way")])
    verdict = decide(case(profile=profile), both)
    assert verdict.outcome is Outcome.FAIL
    assert [finding.cause for finding in verdict.findings] == ["new way"]


def test_levels_come_from_the_registry() -> None:
    """A verdict carries its requirement's level."""
    assert decide(case("chat.stop.limit"), None).level is Level.SHOULD
