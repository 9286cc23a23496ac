"""Generates the test cases for a target's operations from its profile and OpenAPI documents.

This module only generates cases, and sends no requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from conformance.checks.generated.fault import Fault
from conformance.checks.generated.narrow import Narrowed, narrow
from conformance.checks.generated.negative import negative, spread
from conformance.checks.generated.positive import positive
from conformance.checks.generated.repair import Body, plain_numbers, unstored
from conformance.config.depth import SEED, Depth
from conformance.config.profile import Profile
from conformance.contract import Schemas, SpecError, load_document, load_features, load_schemas
from conformance.specs import SPECS

CHAT = "chat"
# Of every other operation than chat, by depth: right bodies and faults at most.
OTHERS: Mapping[Depth, tuple[int, int]] = {Depth.QUICK: (6, 8), Depth.STANDARD: (8, 12), Depth.DEEP: (20, 30)}


@dataclass(frozen=True, slots=True)
class Contracts:
    """The request schema of one operation, restricted to promised features, and a function that validates a body."""

    narrowed: Narrowed
    valid: Callable[[Body], bool]


def contracts_of(profile: Profile, model: str, operation: str = CHAT) -> Contracts:
    """Return the schema of the request bodies of an operation.

    The request schema comes from the profile's OpenAPI document. If the profile's document lacks the operation, the
    schema comes from OpenAI's document. A generated body counts as valid if both OpenAI's document and the profile's
    document accept it. Raises `SpecError` if an OpenAPI document is invalid.
    """
    openai = load_schemas("openai")
    documents = [openai, *_own(profile)]
    found = [(schemas, pointer) for schemas in documents if (pointer := _request(schemas, profile, operation))]
    if not found:
        raise SpecError(f"no document of the profile {profile.name} describes the request of {operation}")
    schemas, pointer = found[-1]
    narrowed = narrow({"$ref": pointer}, schemas.document.data, profile, load_features(), model, operation)
    if operation == CHAT and len(found) > 1 and SPECS not in schemas.document.file.parents:
        at = {"$ref": found[0][1]}
        narrowed = _with_messages_of(narrow(at, openai.document.data, profile, load_features(), model), narrowed)
    return Contracts(narrowed, lambda body: all(each.is_valid(at, body) for each, at in found))


def _with_messages_of(openai: Narrowed, own: Narrowed) -> Narrowed:
    """A user's own schema with OpenAI's messages: many servers' own say little more of a role than that it is text.

    What is generated must be valid by both documents anyway.
    """
    if "messages" not in own.promised.properties:
        return own
    messages = openai.promised.properties["messages"]
    promised = replace(own.promised, properties={**own.promised.properties, "messages": messages})
    properties = {**own.schema["properties"], "messages": openai.schema["properties"]["messages"]}
    return Narrowed(promised, {**own.schema, "properties": properties})


def _own(profile: Profile) -> list[Schemas]:
    return [_schemas(str(profile.own_document))] if profile.own_document is not None else []


@cache
def _schemas(file: str) -> Schemas:
    from pathlib import Path

    return Schemas(load_document(Path(file)))


def _request(schemas: Schemas, profile: Profile, operation: str) -> str | None:
    """A pointer to the schema of the operation's request body in the document, or None."""
    wanted = "/" + profile.paths[operation].removeprefix("/")
    path = next((path for relative, path in schemas.document.relative_paths().items() if relative == wanted), None)
    return None if path is None else schemas.request(f"post {path}")


def valid_bodies(profile: Profile, model: str, depth: Depth = Depth.QUICK, seed: int = SEED) -> list[Body]:
    """Generate chat request bodies that the target must accept.

    Generating the bodies takes 1 s of CPU time, or about 10 s at depth `deep`.
    """
    contracts = contracts_of(profile, model)
    return positive(contracts.narrowed.schema, contracts.valid, depth.valid, seed)


def faults(profile: Profile, model: str, control: Body, depth: Depth = Depth.QUICK, seed: int = SEED) -> list[Fault]:
    """Generate request bodies that the target should reject. Each body is the valid body `control` with one fault."""
    contracts = contracts_of(profile, model)
    return negative(
        contracts.narrowed.promised, contracts.narrowed.schema, control, contracts.valid, depth.faulty, seed
    )


def other_bodies(profile: Profile, model: str, operation: str, depth: Depth, seed: int = SEED) -> list[Body]:
    """Generate bodies that the target must accept, for an operation other than chat."""
    contracts = contracts_of(profile, model, operation)
    mend = unstored if operation == "responses" else plain_numbers
    return positive(contracts.narrowed.schema, contracts.valid, OTHERS[depth][0], seed, mend)


def other_faults(
    profile: Profile, model: str, operation: str, control: Body, depth: Depth, seed: int = SEED
) -> list[Fault]:
    """Generate bodies that the target should reject, for an operation other than chat.

    Each fault is in a top-level parameter, not deeper in the body.
    """
    contracts = contracts_of(profile, model, operation)
    narrowed = contracts.narrowed
    found = negative(narrowed.promised, narrowed.schema, control, contracts.valid, Depth.DEEP.faulty, seed)
    # One form of broken JSON is enough, and a bound far below its own may be no bound at all.
    plain = [fault for fault in found if not fault.form or fault.pointer not in ("", "/max_output_tokens")]
    whole = [fault for fault in plain if fault.pointer.count("/") <= 1]
    return spread(whole, OTHERS[depth][1])
