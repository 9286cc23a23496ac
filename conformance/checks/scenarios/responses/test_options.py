"""Parameters of the Responses API that endpoints need not support.

If the target accepts a parameter, the response must repeat its value.
"""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.checks import expect, probe, requirement
from conformance.engine.responses import HELLO, Responses
from conformance.reply import ResponseReply

from .conftest import ASK_WEATHER, LOGPROBS, STORY, WEATHER, needs
from .test_echo import ASKED, echoes

FULL = {f"key-{number:02}": "value" for number in range(14)} | {"k" * 64: "long key", "long value": "v" * 512}
ADDED: dict[str, dict[str, Any]] = {
    "truncation": {"truncation": "auto"},
    "max_tool_calls": {"max_tool_calls": 3, "tools": [WEATHER], "tool_choice": "none"},
    "prompt_cache_key": {"prompt_cache_key": "conformance"},
    "safety_identifier": {"safety_identifier": "conformance"},
    "user": {"user": "conformance"},
    "metadata": {"metadata": FULL},
}
Options = dict[str, ResponseReply]


MERGED = {name: value for added in ADDED.values() for name, value in added.items()}


@probe
async def response_with_everything(responses: Responses) -> ResponseReply:
    """Send every parameter that a response must repeat, including parameters that endpoints need not support.

    The request that has all parameters which a response must repeat also asks for log probabilities, and for far more
    text than its token limit allows.
    """
    return await responses(f"{ASK_WEATHER} {STORY}", **{**ASKED, **MERGED, **LOGPROBS})


@probe
async def response_options(responses: Responses, response_with_everything: ResponseReply) -> Options:
    """For each parameter, return the response that shows whether the target honours it.

    All tested parameters are sent in one request. If the target rejects all parameters together, each parameter is sent
    in a separate request.
    """
    whole = response_with_everything
    if not echoes(whole, MERGED):
        whole = await responses(HELLO, **MERGED, max_output_tokens=16)
    if whole.accepted:
        return dict.fromkeys(ADDED, whole)
    apart = await asyncio.gather(*(responses(HELLO, **added, max_output_tokens=16) for added in ADDED.values()))
    return dict(zip(ADDED, apart, strict=True))


def expect_echoed(options: Options, name: str) -> None:
    """Expect that the response repeats the value of the given request parameter."""
    reply = needs(options[name])
    wanted, got = ADDED[name][name], reply.object.get(name)
    expect(got == wanted, f"{wanted!r}, as in the request", got=got, where=f"/{name}", on=reply)


@requirement("responses.echo.truncation")
def test_truncation_is_echoed(response_options: Options) -> None:
    expect_echoed(response_options, "truncation")


@requirement("responses.echo.max-tool-calls")
def test_max_tool_calls_is_echoed(response_options: Options) -> None:
    expect_echoed(response_options, "max_tool_calls")


@requirement("responses.echo.prompt-cache-key")
def test_the_cache_key_is_echoed(response_options: Options) -> None:
    expect_echoed(response_options, "prompt_cache_key")


@requirement("responses.echo.safety-identifier")
def test_the_safety_identifier_is_echoed(response_options: Options) -> None:
    expect_echoed(response_options, "safety_identifier")


@requirement("responses.echo.user")
def test_the_user_is_echoed(response_options: Options) -> None:
    expect_echoed(response_options, "user")


@requirement("responses.metadata.full")
def test_metadata_at_its_limits_is_kept(response_options: Options) -> None:
    expect_echoed(response_options, "metadata")
