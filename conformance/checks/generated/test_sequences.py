"""Checks with random sequences of operations on a stored object: create it, use it, delete it, and use it again.

A run at the depth `quick` has no random sequences of operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.checks import Broken, NotApplicable, premise, probe, requirement, standard
from conformance.checks.generated.sequences import (
    ABSENT,
    DELETED,
    DELETED_AGAIN,
    NOT_SERVED,
    OK,
    Model,
    Step,
    plan,
    told,
)
from conformance.checks.keys import premise_keys_enforced
from conformance.config import Target
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import Responses
from conformance.reply import NotAnswered
from conformance.verdict import Finding
from conformance.wire import Exchange

UNAUTHENTICATED = "get without a key"


@dataclass(frozen=True, slots=True)
class Sequence:
    """The operations in a sequence on one stored object, with their responses.

    `made` is the response to the request that created the object.
    """

    made: Exchange
    steps: tuple[Step, ...] = ()
    keyed: bool = False


class Walker:
    """Sends the operations of a sequence one by one, and updates the expected state of the object each time."""

    def __init__(self, http: Http, target: Target, model: Model, one: str, parts: str) -> None:
        """`one` is the operation of the object, `parts` the operation of the list of its parts."""
        self.http, self.target, self.model = http, target, model
        self.one, self.parts = one, parts
        self.steps: list[Step] = []

    async def walk(self, names: list[str]) -> None:
        """Perform the steps of a sequence that have the given names, and stop after the first unexpected response."""
        for name in names:
            if name == "unauthenticated" and not self.target.key:
                continue
            step = await getattr(self, f"_{name}")()
            if step is None:
                continue
            self.steps.append(step)
            if step.last:
                return

    async def _ask(
        self, name: str, method: str, operation: str, status: frozenset[int], fact: tuple[str, Any] | None = None,
        **how: Any,
    ) -> Step:  # fmt: skip
        if self.model.deleted:
            status, fact = DELETED_AGAIN if method == "DELETE" else ABSENT, None
        before = tuple(step.name for step in self.steps) or ("create",)
        exchange = await self.http(method, operation, id=self.model.identifier, fresh=True, **how)
        return Step(name, before, exchange, status, fact)

    async def _get(self) -> Step:
        fact = ("metadata", self.model.metadata) if self.one == "conversation" else ("id", self.model.identifier)
        return await self._ask("get", "GET", self.one, OK, fact)

    async def _unauthenticated(self) -> Step:
        return await self._ask(UNAUTHENTICATED, "GET", self.one, NOT_SERVED, key=False)

    async def _delete(self) -> Step:
        step = await self._ask("delete", "DELETE", self.one, DELETED)
        self.model.deleted = True
        return step

    async def _inputs(self) -> Step:
        return await self._ask("list its input", "GET", self.parts, OK)

    async def _update(self) -> Step:
        self.model.updates += 1
        self.model.metadata = {"step": str(self.model.updates)}
        return await self._ask("update", "POST", self.one, OK, body={"metadata": self.model.metadata})

    async def _add(self) -> Step:
        text = f"Message {len(self.model.items) + 1}."
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        step = await self._ask("add", "POST", self.parts, OK, body={"items": [item]})
        self.model.items += told(step.exchange, "data") or []
        return step

    async def _list(self) -> Step:
        return await self._ask(
            "list", "GET", self.parts, OK, ("data", sorted(self.model.items)), query={"limit": "100"}
        )

    async def _item(self) -> Step | None:
        if self.model.dropped:
            return await self._ask(
                "get a deleted item", "GET", "conversation_item", ABSENT, item_id=self.model.dropped[-1]
            )
        if not self.model.items:
            return None
        item = self.model.items[0]
        return await self._ask("get an item", "GET", "conversation_item", OK, ("id", item), item_id=item)

    async def _drop(self) -> Step | None:
        if not self.model.items:
            return None
        item = self.model.items.pop()
        self.model.dropped.append(item)
        return await self._ask("delete an item", "DELETE", "conversation_item", DELETED, item_id=item)


@probe
async def sequence_conversation(http: Http, target: Target, cleanup: Cleanup) -> Sequence:
    """Create a conversation, use it, delete it, and use it again."""
    metadata = {"suite": "conformance"}
    made = await http("POST", "conversations", {"metadata": metadata}, fresh=True)
    identifier = told(made, "id")
    if made.status not in OK or not isinstance(identifier, str):
        return Sequence(made)
    cleanup.later("conversation", id=identifier)
    walker = Walker(http, target, Model(identifier, metadata), "conversation", "conversation_items")
    await walker.walk(plan("conversation", target.seed))
    return Sequence(made, tuple(walker.steps), bool(target.key))


@probe
async def sequence_response(responses: Responses, http: Http, target: Target) -> Sequence:
    """Create a stored response, use it, delete it, and use it again."""
    reply = await responses("Say yes.", store=True, max_output_tokens=16, fresh=True)
    identifier = told(reply.exchange, "id")
    if not reply.accepted or not isinstance(identifier, str):
        return Sequence(reply.exchange)
    walker = Walker(http, target, Model(identifier), "response", "response_input_items")
    await walker.walk(plan("response", target.seed))
    return Sequence(reply.exchange, tuple(walker.steps), bool(target.key))


def expect_model(sequence: Sequence, *, unauthenticated: bool) -> None:
    """Expect every response to agree with the expected state of the object.

    Only requests without an API key are judged if `unauthenticated` is true; otherwise, only requests with a key.
    """
    if sequence.made.status not in OK:
        raise NotAnswered(sequence.made, f"nothing is created: the target answered {sequence.made.status}")
    wanted = [step for step in sequence.steps if (step.name == UNAUTHENTICATED) is unauthenticated]
    steps = [step for step in wanted if not step.skipped]
    premise(steps, "the target has none of the operations that use what is created")
    for step in steps:
        fault = step.fault()
        if fault is not None:
            expected, got, where = fault
            raise Broken(
                [Finding(expected, got, where, step.exchange.id, f"{step.name} is answered {step.exchange.status}")]
            )


@standard
@requirement("generated.sequence.conversation")
def test_a_conversation_keeps_its_model(sequence_conversation: Sequence) -> None:
    expect_model(sequence_conversation, unauthenticated=False)


@standard
@requirement("generated.sequence.response")
def test_a_stored_response_keeps_its_model(sequence_response: Sequence) -> None:
    first = next((step for step in sequence_response.steps if not step.skipped), None)
    if first is not None and first.exchange.status == 404 and told(sequence_response.made, "store") is not True:
        raise NotAnswered(first.exchange, "nothing is stored, and the answer did not say that it would be")
    expect_model(sequence_response, unauthenticated=False)


@standard
@requirement("generated.sequence.stranger")
def test_what_is_stored_is_not_shown_without_a_key(
    sequence_response: Sequence, sequence_conversation: Sequence, keyless_chat: Exchange | None
) -> None:
    made = [each for each in (sequence_response, sequence_conversation) if each.steps]
    if not made:
        expect_model(sequence_response, unauthenticated=True)
    if not made[0].keyed:
        raise NotApplicable("the run has no key, so no key can be missing")
    premise_keys_enforced(keyless_chat)
    judged = [each for each in made if any(step.name == UNAUTHENTICATED and not step.skipped for step in each.steps)]
    premise(judged, "no sequence came as far as a request without a key that was answered")
    for each in judged:
        expect_model(each, unauthenticated=True)
