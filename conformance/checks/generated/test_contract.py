"""Checks that responses agree with the target's OpenAPI document in status, media type, and required API key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from conformance.checks import Broken, NotApplicable, premise, probe, requirement, standard
from conformance.checks.described import Described
from conformance.checks.generated.secured import Door, Secured, door, secured
from conformance.checks.generated.sequences import told
from conformance.checks.keys import premise_keys_enforced
from conformance.checks.language import answer
from conformance.checks.whole_run import Tallied
from conformance.config import Target
from conformance.contract import Document, load_document
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Chat, Http
from conformance.verdict import Finding
from conformance.wire import Exchange

from .conftest import is_refused

NOBODY = "conformance-none"  # an id that no server has given


def document_of(target: Target) -> Document:
    """Return the target's own OpenAPI document, or OpenAI's document if the target has none."""
    return load_document(target.profile.own_document or "openai")


@requirement("contract.status")
def test_every_status_is_described(tallied: Tallied, target: Target) -> None:
    tallied("contract.status", Described(document_of(target), target.url).status)


@requirement("contract.media-type")
def test_every_media_type_is_described(tallied: Tallied, target: Target) -> None:
    tallied("contract.media-type", Described(document_of(target), target.url).media_type)


@dataclass(frozen=True, slots=True)
class Keyless:
    """The responses of chat, and of each operation that requires an API key, to a request without a key."""

    chat: Exchange | None = None
    asked: tuple[tuple[Secured, Exchange], ...] = ()


@probe
async def keyless_operations(http: Http, chat: Chat, target: Target, cleanup: Cleanup) -> Keyless:
    """Call every operation that requires an API key, but send no key.

    Each request body is an empty object, so that the target does not generate text.
    """
    operations = secured(document_of(target), target.profile) if target.key else []
    if not operations:
        return Keyless()
    bare = (await chat.post({}, key=False)).exchange

    async def ask(operation: Secured) -> Exchange:
        parts: dict[str, Any] = dict.fromkeys(operation.parts, NOBODY)
        if operation.path == "model" and target.model:
            parts = dict.fromkeys(operation.parts, target.model)
        body: dict[str, Any] | None = None if operation.method in ("GET", "DELETE") else {}
        exchange = await http(operation.method, operation.path, body, key=False, **parts)
        one = operation.path.removesuffix("s")
        if operation.method == "POST" and one != operation.path and target.profile.offers(one):
            made = told(exchange, "id") or (told(exchange, "data") or {}).get("id")
            if isinstance(
                made, str
            ):  # an unauthenticated request could create one: that is judged, and the object is deleted
                cleanup.later(one, id=made)
        return exchange

    answers = await asyncio.gather(*map(ask, operations))
    return Keyless(bare, tuple(zip(operations, answers, strict=True)))


@standard
@requirement("contract.secured")
def test_every_secured_operation_needs_a_key(
    keyless_operations: Keyless, keyless_chat: Exchange | None, target: Target
) -> None:
    if not target.key:
        raise NotApplicable("the run has no key, so no key can be missing")
    if not keyless_operations.asked:
        raise NotApplicable("the target's document secures no operation that can be asked without harm")
    premise_keys_enforced(keyless_chat)
    shut = is_refused(keyless_operations.chat)
    doors = [(door(exchange, chat_is_shut=shut), each, exchange) for each, exchange in keyless_operations.asked]
    premise(any(found is not Door.UNCLEAR for found, _, _ in doors), "no operation gave a clear answer without a key")
    findings = []
    for wrong in (Door.OPEN, Door.AJAR):
        found = [(each, exchange) for found, each, exchange in doors if found is wrong]
        if found:
            findings.append(finding_of(wrong, found))
    if findings:
        raise Broken(findings)


def finding_of(wrong: Door, found: list[tuple[Secured, Exchange]]) -> Finding:
    """Create one finding for all operations with the same violation."""
    (first, exchange), *others = found
    same = f"; the same for {', '.join(each.name for each, _ in others)}" if others else ""
    cause = "answered without a key" if wrong is Door.OPEN else "the body is looked at before the key"
    return Finding(
        expected=f"401 or 403 from {first.name} without a key{same}",
        observed=str(answer(exchange)),
        where="status",
        exchange=exchange.id,
        cause=cause,
    )
