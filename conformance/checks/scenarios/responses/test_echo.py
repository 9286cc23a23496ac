"""Checks that response objects repeat the parameters of the request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.engine.responses import Responses
from conformance.reply import ResponseReply

from .conftest import ASK_WEATHER, WEATHER

ASKED: dict[str, Any] = {
    "instructions": "Answer in English.",
    "temperature": 0.5,
    "top_p": 0.75,
    "max_output_tokens": 24,
    "metadata": {"suite": "conformance"},
    "tools": [WEATHER],
    "tool_choice": "none",
    "parallel_tool_calls": False,
}

# Keys that every response has; that one is missing is a requirement of its own.
REQUIRED = ("instructions", "temperature", "top_p", "metadata", "tool_choice", "parallel_tool_calls")


@probe
async def response_echoed(responses: Responses, response_with_everything: ResponseReply) -> ResponseReply:
    """Send an unusual value in every parameter that a response must repeat.

    With `tool_choice: none`, the model must not call the function that the request declares.

    No request is sent if an earlier response already repeats all the values that this probe would send.
    """
    if echoes(response_with_everything, ASKED):
        return response_with_everything
    return await responses(ASK_WEATHER, **ASKED)


def echoes(reply: ResponseReply, names: Iterable[str]) -> bool:
    """Return whether the target accepted the request and the response repeats the values of the given parameters."""
    if not reply.accepted or not reply.readable:
        return False
    asked, got = reply.exchange.request.json, reply.object
    return all(got.get(name) == asked[name] for name in names if name != "tools")


def expect_echo(reply: ResponseReply, *names: str) -> None:
    """Expect that the response repeats the values of the given request parameters."""
    for name in names:
        premise(name in reply.object or name not in REQUIRED, f"there is no {name}", see="responses.object")
        value = reply.object.get(name)
        wanted = reply.exchange.request.json[name]
        expect(value == wanted, f"{wanted!r}, as in the request", got=value, where=f"/{name}", on=reply)


@requirement("responses.echo.instructions")
def test_instructions_are_echoed(response_echoed: ResponseReply) -> None:
    expect_echo(response_echoed, "instructions")


@requirement("responses.echo.sampling")
def test_sampling_is_echoed(response_echoed: ResponseReply) -> None:
    expect_echo(response_echoed, "temperature", "top_p")


@requirement("responses.echo.max-output-tokens")
def test_the_limit_is_echoed(response_echoed: ResponseReply) -> None:
    expect_echo(response_echoed, "max_output_tokens")


@requirement("responses.echo.metadata")
def test_metadata_is_echoed(response_echoed: ResponseReply) -> None:
    expect_echo(response_echoed, "metadata")


@requirement("responses.echo.tool-choice")
def test_the_tool_choice_is_echoed(response_echoed: ResponseReply) -> None:
    expect_echo(response_echoed, "tool_choice")


@requirement("responses.echo.parallel-tool-calls")
def test_parallel_tool_calls_is_echoed(response_echoed: ResponseReply) -> None:
    expect_echo(response_echoed, "parallel_tool_calls")


@requirement("responses.echo.tools")
def test_tools_are_echoed(response_echoed: ResponseReply) -> None:
    premise("tools" in response_echoed.object, "there is no `tools`", see="responses.object")
    tools = response_echoed.object.get("tools")
    listed = [tool.get("name") for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else tools
    good = isinstance(listed, list) and "get_weather" in listed
    expect(good, "get_weather among the tools", got=listed, where="/tools", on=response_echoed)


@requirement("responses.tools.none", transport="json")
def test_tool_choice_none_calls_nothing(response_echoed: ResponseReply, response_forced: ResponseReply) -> None:
    names = [call.name for call in response_echoed.function_calls]
    expect(not names, "no call", got=names, where="/output", on=response_echoed)
    premise(response_forced.function_calls, "even a forced call does not work", see="responses.tools.named")
