"""JSON Schema features in `text.format` of the Responses API, and in the parameters of strict functions.

An engine usually enforces a schema in `text.format` with the same code as a schema in `response_format`. Only the code
that reads the schema from the request differs between `text.format` and `response_format`. A few rows of the feature
map are enough to see whether the engine receives the complete schema, a part of the schema, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.checks import ByName, deep, probe, requirement, uses
from conformance.checks.families import put_check
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.guided.asking import (
    LIMIT,
    POEM,
    Asked,
    ask_call,
    ask_response,
    call_exactly,
    exactly,
    expect_enforced_or_refused,
)
from conformance.checks.scenarios.guided.conftest import PLAIN, need_schemas, schemas_count
from conformance.checks.scenarios.guided.features import ELSEWHERE, SchemaFeature
from conformance.checks.scenarios.guided.test_bad_constraints import NO_TYPE
from conformance.engine.clients import Chat
from conformance.engine.responses import Responses


@probe
async def plain_text_format(responses: Responses) -> Asked:
    """Send a simple object schema as `text.format`.

    The response shows whether schemas in `text.format` have any effect.
    """
    return await ask_response(responses, PLAIN, POEM, limit=2 * LIMIT)


@probe
async def plain_parameters(chat: Chat) -> Asked:
    """Send a simple object schema as the parameters of a strict function."""
    return await ask_call(chat, PLAIN, call_exactly({"colour": "sea", "count": 5}))


def in_text_format(feature: SchemaFeature, name: str) -> Any:
    """Create the probe that sends one schema feature as `text.format`."""

    async def asked(responses: Responses, plain_text_format: Asked) -> Asked:
        if not schemas_count(plain_text_format):
            return plain_text_format
        prompt, limit = exactly(feature.dictated), feature.limit
        return await ask_response(responses, feature.constraint, prompt, names=feature.keywords, limit=limit)

    asked.__name__ = name
    asked.__doc__ = f"{feature.name}, asked by text.format."
    return probe(asked)


def in_parameters(feature: SchemaFeature, name: str) -> Any:
    """Create the probe that sends one schema feature as the parameters of a strict function."""

    async def asked(chat: Chat, plain_parameters: Asked) -> Asked:
        if not schemas_count(plain_parameters):
            return plain_parameters
        prompt, limit = call_exactly(feature.dictated), feature.limit
        return await ask_call(chat, feature.constraint, prompt, names=feature.keywords, limit=limit)

    asked.__name__ = name
    asked.__doc__ = f"{feature.name}, asked by the parameters of a strict function."
    return probe(asked)


def checked(feature: SchemaFeature, contract: str, base: str, name: str) -> Callable[[ByName], None]:
    """Create the check of one schema feature, for a schema sent as `text.format` or as function parameters."""

    @requirement(f"{contract}.{feature.name}", transport="json")
    @uses(base, name)
    @deep
    def test(request: ByName) -> None:
        need_schemas(request.getfixturevalue(base), see=contract)
        expect_enforced_or_refused(request.getfixturevalue(name))

    test.__name__ = f"test_{name}"
    test.__doc__ = f"{feature.name} is enforced, or refused."
    return test


@probe
async def text_format_invalid(responses: Responses, plain_text_format: Asked) -> Faulty:
    """Send a schema with an unknown type as `text.format`."""
    asked = await ask_response(responses, NO_TYPE, exactly({"value": 4}), names=("type",))
    return Faulty(plain_text_format.reply, asked.reply, asked.names)


@requirement("responses.text-format.invalid-schema", transport="json")
@deep
def test_an_invalid_text_format_is_refused(plain_text_format: Asked, text_format_invalid: Faulty) -> None:
    need_schemas(plain_text_format, see="responses.text-format")
    expect_refused(text_format_invalid)


@probe
async def parameters_invalid(chat: Chat, plain_parameters: Asked) -> Faulty:
    """Send a strict function whose parameters have an unknown type."""
    asked = await ask_call(chat, NO_TYPE, call_exactly({"value": 4}), names=("type",))
    return Faulty(plain_parameters.reply, asked.reply, asked.names)


@requirement("chat.tools.strict.invalid-schema", transport="json")
@deep
def test_invalid_strict_parameters_are_refused(plain_parameters: Asked, parameters_invalid: Faulty) -> None:
    need_schemas(plain_parameters, see="chat.tools.strict")
    expect_refused(parameters_invalid)


# Each row once for each spelling.
for _feature in ELSEWHERE:
    for _contract, _base, _staged in (
        ("responses.text-format", "plain_text_format", in_text_format),
        ("chat.tools.strict", "plain_parameters", in_parameters),
    ):
        _name = f"{_base.removeprefix('plain_')}_{_feature.probe}"
        put_check(__name__, checked(_feature, _contract, _base, _name), _staged(_feature, _name))
