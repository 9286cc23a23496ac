"""Checks with generated bodies for operations other than chat: valid bodies are accepted, and faults are rejected."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks import Broken, Inconclusive, NotApplicable, premise, probe, requirement, standard
from conformance.checks.generated.answers import BodyAnswer, Sent, about_unpromised, answer_of, cause_of
from conformance.checks.generated.cases import other_bodies, other_faults
from conformance.checks.generated.fault import Fault
from conformance.checks.generated.findings import by_kind, finding_of_kind
from conformance.checks.generated.in_thread import in_thread
from conformance.checks.generated.positive import canonical
from conformance.checks.generated.saved import only_body, only_fault
from conformance.checks.language import answer, shown
from conformance.checks.scenarios.legacy.test_embeddings import LAKE_TEXT
from conformance.config import Target
from conformance.contract import load_features
from conformance.engine.clients import Http
from conformance.engine.responses import Responses
from conformance.reply import ChatReply, NotAnswered
from conformance.verdict import Finding, Reason
from conformance.wire import Exchange

LIMIT = 4
# More causes than this are not repeated.
CAUSES = 4

Ask = Callable[[Any], Awaitable[Exchange]]


@dataclass(frozen=True, slots=True)
class OperationCases:
    """The responses of one operation to the control request, to valid bodies, and to bodies with a fault.

    Some failed bodies are sent a second time; `again` has the responses to them.
    """

    control: ChatReply
    sent: tuple[Sent, ...] = ()
    again: tuple[Sent, ...] = ()
    faults: tuple[tuple[Fault, ChatReply], ...] = ()


async def stage(operation: str, control: Exchange, ask: Ask, again: Ask, target: Target) -> OperationCases:
    """Send all generated cases of an operation, but only if the target accepts the control request.

    Bodies that fail for the same reason form a group; the smallest body of each group is sent again.
    """
    plain = ChatReply(control)
    if answer_of(control) is not BodyAnswer.ACCEPTED:
        return OperationCases(plain)
    right = control.request.json
    profile, depth, seed = target.profile, target.depth.tests, target.seed
    if target.case is not None:
        bodies, made = only_body(target.case), only_fault(target.case)
    else:
        model = str(right["model"])
        bodies = await in_thread(other_bodies, profile, model, operation, depth, seed)
        made = await in_thread(other_faults, profile, model, operation, right, depth, seed)
    sent = await asyncio.gather(*(_sent(ask, body) for body in bodies))
    smallest: dict[str, Sent] = {}
    for each in sorted(sent, key=lambda each: len(canonical(each.body))):
        if each.answer in (BodyAnswer.REFUSED, BodyAnswer.FAILED):
            smallest.setdefault(cause_of(each.reply.exchange), each)
    repeated = await asyncio.gather(*(_sent(again, each.body) for each in [*smallest.values()][:CAUSES]))
    answers = await asyncio.gather(*(ask(fault.text.encode() if fault.text else fault.body) for fault in made))
    replies = map(ChatReply, answers)
    return OperationCases(plain, tuple(sent), tuple(repeated), tuple(zip(made, replies, strict=True)))


async def _sent(ask: Ask, body: dict[str, Any]) -> Sent:
    return Sent(body, ChatReply(await ask(body)))


def asking(http: Http, operation: str, *, fresh: bool) -> Ask:
    """Return a function that sends a given body to an operation."""

    async def ask(body: Any) -> Exchange:
        return await http("POST", operation, body, fresh=fresh)

    return ask


@probe
async def generated_responses(responses: Responses, http: Http, target: Target) -> OperationCases:
    """Send generated bodies to POST /responses; nothing is stored."""
    control = (await responses.offered()).exchange
    first, again = (asking(http, "responses", fresh=fresh) for fresh in (False, True))
    return await stage("responses", control, first, again, target)


@probe
async def generated_completions(http: Http, target: Target) -> OperationCases:
    """Send generated request bodies to POST /completions."""
    first, again = (asking(http, "completions", fresh=fresh) for fresh in (False, True))
    control = await first({"model": target.model, "prompt": "Once upon a time", "max_tokens": LIMIT})
    return await stage("completions", control, first, again, target)


@probe
async def generated_embeddings(http: Http, target: Target, embedder: str) -> OperationCases:
    """Send generated request bodies to POST /embeddings."""
    first, again = (asking(http, "embeddings", fresh=fresh) for fresh in (False, True))
    return await stage("embeddings", await first({"model": embedder, "input": LAKE_TEXT}), first, again, target)


def expect_answered(staged: OperationCases, target: Target) -> None:
    """Expect every valid body to be accepted, unless it uses a feature that the profile does not promise."""
    _controlled(staged, target, staged.sent)
    features = load_features()
    causes: dict[str, list[Sent]] = {}
    for each in staged.sent:
        if each.answer in (BodyAnswer.REFUSED, BodyAnswer.FAILED) and not about_unpromised(
            each, target.profile, features
        ):
            causes.setdefault(cause_of(each.reply.exchange), []).append(each)
    repeated = {cause_of(each.reply.exchange) for each in staged.again}
    if any(name in repeated for name in causes):
        total, seed = len(staged.sent), target.seed
        raise Broken([_refused(name, group, total, seed) for name, group in causes.items() if name in repeated])
    if causes:
        raise Inconclusive(Reason.PREMISE_NOT_MET, f"{next(iter(causes))}: once, and not when the body was sent again")
    clear = sum(each.answer is not BodyAnswer.UNCLEAR for each in staged.sent)
    premise(clear * 2 >= len(staged.sent), f"only {clear} of {len(staged.sent)} bodies got a clear answer")


def _refused(name: str, group: list[Sent], total: int, seed: int) -> Finding:
    small = min(group, key=lambda each: len(canonical(each.body)))
    met = f"{len(group)} of {total} generated bodies, seed {seed}"
    return Finding(
        expected=f"an answer to {shown(small.body, 600)} ({met})",
        observed=str(answer(small.reply)),
        where="status",
        exchange=small.reply.exchange.id,
        cause=name,
    )


def expect_faults_refused(staged: OperationCases, target: Target) -> None:
    """Expect every body with a fault to be rejected with a 4xx."""
    _controlled(staged, target, staged.faults)
    findings = [finding_of_kind(word, group) for word, group in by_kind(staged.faults)]
    if findings:
        raise Broken(findings)
    clear = sum(answer_of(reply.exchange) is BodyAnswer.REFUSED for _, reply in staged.faults)
    premise(clear * 2 >= len(staged.faults), f"only {clear} of {len(staged.faults)} faults got a clear answer")


def _controlled(staged: OperationCases, target: Target, cases: tuple[Any, ...]) -> None:
    """The plain request was answered, and there is something to judge beside it."""
    if answer_of(staged.control.exchange) is not BodyAnswer.ACCEPTED:
        exchange = staged.control.exchange
        raise NotAnswered(exchange, f"the plain request is answered {exchange.status}")
    if not cases and target.case is not None:
        raise NotApplicable(f"only the case {target.case.id} is repeated")
    if not cases:
        raise NotApplicable("nothing can be generated from the request schema for what the profile promises")


@standard
@requirement("generated.responses.valid", acceptance=True)
def test_a_right_body_of_responses_is_answered(generated_responses: OperationCases, target: Target) -> None:
    expect_answered(generated_responses, target)


@standard
@requirement("generated.responses.invalid")
def test_a_fault_in_a_body_of_responses_is_refused(generated_responses: OperationCases, target: Target) -> None:
    expect_faults_refused(generated_responses, target)


@standard
@requirement("generated.completions.valid", acceptance=True)
def test_a_right_body_of_completions_is_answered(generated_completions: OperationCases, target: Target) -> None:
    expect_answered(generated_completions, target)


@standard
@requirement("generated.completions.invalid")
def test_a_fault_in_a_body_of_completions_is_refused(generated_completions: OperationCases, target: Target) -> None:
    expect_faults_refused(generated_completions, target)


@standard
@requirement("generated.embeddings.valid", acceptance=True)
def test_a_right_body_of_embeddings_is_answered(generated_embeddings: OperationCases, target: Target) -> None:
    expect_answered(generated_embeddings, target)


@standard
@requirement("generated.embeddings.invalid")
def test_a_fault_in_a_body_of_embeddings_is_refused(generated_embeddings: OperationCases, target: Target) -> None:
    expect_faults_refused(generated_embeddings, target)
