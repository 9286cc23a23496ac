"""Checks with generated chat bodies: the target accepts valid bodies, and rejects every body with a fault."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from conformance.checks import Broken, Inconclusive, NotApplicable, premise, probe, requirement
from conformance.checks.families import put_check
from conformance.checks.generated.answers import BodyAnswer, Sent, about_unpromised, answer_of, cause_of
from conformance.checks.generated.cases import contracts_of, faults, valid_bodies
from conformance.checks.generated.fault import KINDS, Fault
from conformance.checks.generated.findings import (
    LISTED,
    answered,
    by_kind,
    by_message,
    finding_of_kind,
    is_unclear,
    pointless,
)
from conformance.checks.generated.in_thread import in_thread
from conformance.checks.generated.pointing import points
from conformance.checks.generated.positive import canonical
from conformance.checks.generated.saved import only_body, only_fault
from conformance.checks.generated.shrink import RejectionCause, shrink
from conformance.checks.language import shown
from conformance.checks.scenarios.chat.fault_tables import HELLO, LIMIT, is_sent
from conformance.config import Depth, Target
from conformance.contract import load_features
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered
from conformance.verdict import Finding, Reason

FEW = 3
"""Generated valid bodies that a quick run sends.

The first generated body is not sent: it is the simplest body, and the probe `one_token` sends nearly the same request.
"""
PLAINEST = 9
"""Generated faults that a quick run always sends; it sends the others only if another probe sends the same request."""
# More causes than this are not made smaller: they would say no more, and each costs requests.
CAUSES = 4


@dataclass(frozen=True, slots=True)
class ValidSent:
    """The responses to the control request and to every generated valid body, and the reasons for rejections."""

    control: ChatReply
    sent: tuple[Sent, ...]
    causes: tuple[RejectionCause, ...]


@dataclass(frozen=True, slots=True)
class FaultsSent:
    """The responses to the valid control request and to each body with a fault."""

    control: ChatReply
    sent: tuple[tuple[Fault, ChatReply], ...]

    @property
    def faults(self) -> tuple[tuple[Fault, ChatReply], ...]:
        """The faults that were sent, each with its response."""
        return self.sent


@probe
async def generated_control(chat: Chat, target: Target) -> ChatReply:
    """Send the control request: the simplest valid body, with a small token limit."""
    bound: dict[str, Any] = {target.profile.max_tokens_field: LIMIT}
    return await chat(HELLO, **bound)


@probe
async def generated_valid(chat: Chat, target: Target, generated_control: ChatReply) -> ValidSent:
    """Send generated chat bodies that the target must accept. A quick run sends only the first few generated bodies.

    If the target rejects some of the bodies, repeat and shrink one body for each reason of rejection.
    """
    if not generated_control.accepted:
        return ValidSent(generated_control, (), ())
    profile, model = target.profile, target.model or ""
    if target.case is not None:
        bodies = only_body(target.case)
    else:
        bodies = await in_thread(valid_bodies, profile, model, target.depth.tests, target.seed)
    if target.depth.tests is Depth.QUICK:
        bodies = bodies[1 : 1 + FEW] or bodies
    replies = await asyncio.gather(*(chat.post(body) for body in bodies))
    sent = tuple(Sent(body, reply) for body, reply in zip(bodies, replies, strict=True))
    by_cause: dict[str, list[Sent]] = {}
    for each in sent:
        if each.answer in (BodyAnswer.REFUSED, BodyAnswer.FAILED):
            by_cause.setdefault(cause_of(each.reply.exchange), []).append(each)
    valid = contracts_of(profile, model).valid
    known = {canonical(body) for body in bodies}
    control = generated_control.exchange.request.json

    async def again(body: dict[str, object]) -> ChatReply:
        return await chat.post(body, fresh=True)

    shrunk = 1 if target.case is not None else CAUSES  # a case that is repeated is small already
    causes = [await shrink(name, group, control, again, known, valid) for name, group in [*by_cause.items()][:shrunk]]
    return ValidSent(generated_control, sent, tuple(causes))


def expect_none(staged: ValidSent, answer: BodyAnswer, target: Target) -> None:
    """Expect that no valid body got the kind of answer that `answer` names, such as a server error.

    Bodies that use features which the profile does not promise are not judged. The check is inconclusive if too many
    responses prove nothing, for example because the target was busy.
    """
    if not staged.control.accepted:
        raise NotAnswered(staged.control.exchange, f"the plain request is answered {staged.control.exchange.status}")
    features = load_features()
    causes = [c for c in staged.causes if c.smallest.answer is answer]
    causes = [c for c in causes if not about_unpromised(c.smallest, target.profile, features)]
    findings = [finding_of(cause, len(staged.sent), target.seed) for cause in causes if cause.again]
    if findings:
        raise Broken(findings)
    if causes:
        raise Inconclusive(Reason.PREMISE_NOT_MET, f"{causes[0].name}: once, and not when the body was sent again")
    clear = sum(each.answer is not BodyAnswer.UNCLEAR for each in staged.sent)
    if clear * 2 < len(staged.sent):
        busy = sum(each.reply.exchange.status in (429, 503) for each in staged.sent)
        reason = Reason.RATE_LIMITED if busy * 2 > len(staged.sent) else Reason.PREREQUISITE_FAILED
        raise Inconclusive(reason, f"only {clear} of {len(staged.sent)} bodies were answered with more than 'not now'")
    if target.case is None:
        premise(clear, "no body could be generated from the request schema")
    elif not staged.sent:
        raise NotApplicable(f"only the case {target.case.id} is repeated")


def finding_of(cause: RejectionCause, total: int, seed: int) -> Finding:
    """Create a finding for valid bodies that fail for the same reason; the finding shows the smallest of these bodies.

    The finding also tells how many of the generated bodies fail for the same reason.
    """
    exchange = cause.smallest.reply.exchange
    met = f"{len(cause.sent)} of {total} generated bodies, seed {seed}"
    return Finding(
        expected=f"an answer to {shown(cause.smallest.body, 600)} ({met})",
        observed=answered(cause.smallest.reply),
        where="status",
        exchange=exchange.id,
        cause=cause.name,
    )


@requirement("generated.valid-accepted", acceptance=True)
def test_a_body_that_keeps_the_schema_is_not_refused(generated_valid: ValidSent, target: Target) -> None:
    expect_none(generated_valid, BodyAnswer.REFUSED, target)


@requirement("generated.valid-no-server-error")
def test_a_body_that_keeps_the_schema_causes_no_server_error(generated_valid: ValidSent, target: Target) -> None:
    expect_none(generated_valid, BodyAnswer.FAILED, target)


@probe
async def generated_invalid(chat: Chat, target: Target, generated_control: ChatReply) -> FaultsSent:
    """Send generated bodies, each of which is the control request with one fault.

    A quick run sends only the simplest bodies with a fault, and bodies that other probes send anyway: equal requests
    are sent only once.
    """
    if not generated_control.accepted:
        return FaultsSent(generated_control, ())
    control = generated_control.exchange.request.json
    if target.case is not None:
        made = only_fault(target.case)
    else:
        made = await in_thread(faults, target.profile, target.model or "", control, target.depth.tests, target.seed)
        if target.depth.tests is Depth.QUICK:
            made = [fault for place, fault in enumerate(made) if place < PLAINEST or is_sent(chat, fault.body)]
    replies = await asyncio.gather(*(chat.post(fault.text.encode() if fault.text else fault.body) for fault in made))
    return FaultsSent(generated_control, tuple(zip(made, replies, strict=True)))


def refused(kind: str) -> Any:
    """Create the check that the target rejects every body that violates a given kind of constraint."""

    def check(generated_invalid: FaultsSent, target: Target) -> None:
        control = generated_invalid.control
        sent = [pair for pair in generated_invalid.sent if pair[0].kind == kind]
        if not control.accepted:
            raise NotAnswered(control.exchange, f"the plain request is answered {control.exchange.status}")
        if not sent and target.case is not None:
            raise NotApplicable(f"only the case {target.case.id} is repeated")
        if not sent:
            raise NotApplicable("the request schema has no such constraint on what the profile promises")
        findings = [finding_of_kind(word, group) for word, group in by_kind(sent)]
        if findings:
            raise Broken(findings)
        unclear = [reply for _, reply in sent if is_unclear(reply)]
        premise(len(unclear) * 2 < len(sent), f"{len(unclear)} of {len(sent)} faults got no clear answer")

    check.__name__ = f"test_a_violation_of_{kind}_is_refused"
    return check


for _kind in dict.fromkeys(KINDS.values()):
    put_check(__name__, requirement(f"generated.invalid.{_kind}")(refused(_kind)))


@requirement("generated.invalid.points")
def test_a_refusal_says_where_the_fault_is(generated_invalid: FaultsSent, target: Target) -> None:
    control = generated_invalid.control
    if not control.accepted:
        raise NotAnswered(control.exchange, f"the plain request is answered {control.exchange.status}")
    sent = [(fault, reply) for fault, reply in generated_invalid.sent if fault.pointer]
    if not sent and target.case is not None:
        raise NotApplicable(f"only the case {target.case.id} is repeated")
    refusals = [pair for pair in sent if answer_of(pair[1].exchange) is BodyAnswer.REFUSED]
    premise(refusals, "no fault in a field was rejected with a 4xx")
    silent = [pair for pair in refusals if not points(pair[1].exchange, pair[0])]
    if silent:
        raise Broken([pointless(group, len(refusals)) for group in by_message(silent)][:LISTED])
