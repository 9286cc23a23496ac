"""Messages in the forms that clients send: histories, unusual characters, and an image."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.checks import Unsupported, premise, probe, requirement, requirements
from conformance.checks.language import shown
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.checks.together import together
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, read_error, refuses_the_body

from ..http.headers import all_unusual
from .conftest import ASK_TWICE, ASK_WEATHER, HELLO, WEATHER
from .test_acceptance import ACCEPTED, DEFAULTS
from .test_messages import NEUTRAL, RULE, expect_counted, has_all_rules, history_with_call, user

Pair = tuple[ChatReply, ChatReply]
CAPITAL = "What is the capital of France?"


def assistant(content: Any) -> dict[str, Any]:
    """An assistant message."""
    return {"role": "assistant", "content": content}


# Requirement → turns that a history may hold; each ends with an answer, so that any can follow any.
TURNS: dict[str, list[dict[str, Any]]] = {
    "chat.messages.assistant-empty": [user(HELLO), assistant("")],
    "chat.messages.assistant-parts": [user(HELLO), assistant([{"type": "text", "text": "Hello."}])],
    "chat.messages.name": [{**user(HELLO), "name": "ada"}, assistant("Hello.")],
    "chat.messages.empty-content": [user(""), assistant("Hello.")],
    "chat.messages.consecutive-users": [user(HELLO), user("And mean it."), assistant("Hello.")],
}
ECHO = "chat.messages.echo"


def turns_with(plain: ChatReply) -> dict[str, list[dict[str, Any]]]:
    """Return the turns of the table `TURNS`, and a turn with the unchanged message of an earlier response."""
    return {**TURNS, ECHO: [user(HELLO), plain.message if plain.accepted else assistant("Hello.")]}


@probe
async def defaults_in_history(chat: Chat, plain: ChatReply) -> ChatReply:
    """Send a history with all forms of messages, and with chat parameters that have their default values.

    The history in the request also has prepared tool calls with their results. If the target rejects the history with
    the tool calls, the response to the same request without tools is returned.
    """
    history = [message for turns in turns_with(plain).values() for message in turns]
    calls = [message for turns in TOOL_TURNS.values() for message in turns]
    with_calls = chat.body([*history, *calls, user(CAPITAL)], tools=[WEATHER], max_tokens=4)
    reply = await chat.post(with_all(with_calls, DEFAULTS))
    if not refuses_the_body(reply.exchange.status):
        return reply
    return await chat.post(with_all(chat.body([*history, user(CAPITAL)], max_tokens=4), DEFAULTS))


def with_all(body: dict[str, Any], additions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the body with the parameters of all additions added to it."""
    return {**body, **{name: value for added in additions.values() for name, value in added.items()}}


@probe
async def histories(chat: Chat, plain: ChatReply, defaults_in_history: ChatReply) -> Mapping[str, Faulty]:
    """Send a history that contains all turns of the table `TURNS` and an unchanged earlier response of the target."""
    turns = turns_with(plain)

    def make(names: Sequence[str]) -> dict[str, Any]:
        history = [message for name in names for message in turns[name]]
        return chat.body([*history, user(CAPITAL)], max_tokens=4)

    return await together(chat, plain, tuple(turns), make, defaults_in_history)


@requirements("name", (*TURNS, ECHO), acceptance=True)
def test_a_history_of_that_shape_is_accepted(histories: Mapping[str, Faulty], name: str) -> None:
    expect_accepted(histories[name], "this history")


def called(*numbers: int) -> dict[str, Any]:
    """Return an assistant message with tool calls and without content."""
    function = {"name": "get_weather", "arguments": '{"city":"Paris"}'}
    return {
        "role": "assistant",
        "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function} for number in numbers],
    }


def result(number: int, content: Any = "Sunny.") -> dict[str, Any]:
    """Return the `tool` message that has the result of a tool call."""
    return {"role": "tool", "tool_call_id": f"call_{number}", "content": content}


TOOL_TURNS: dict[str, list[dict[str, Any]]] = {
    "chat.messages.absent-content": [user(ASK_WEATHER), called(1), result(1), assistant("It is sunny.")],
    "chat.messages.tool-parts": [
        user(ASK_WEATHER), {**called(2), "content": None}, result(2, [{"type": "text", "text": "Sunny."}]), assistant("It is sunny."),
    ],
    "chat.messages.tool-order": [
        user(ASK_WEATHER), {**called(3, 4), "content": None}, result(4), result(3), assistant("It is sunny."),
    ],
}  # fmt: skip
ECHO_CALL = "chat.messages.echo-call"


@probe
async def tool_histories(chat: Chat, defaults_in_history: ChatReply) -> Mapping[str, Faulty]:
    """Send a history with prepared tool calls, unless the target accepted them in a history with further messages.

    If the target rejects the history with the tool calls, also send a history with one tool call, as another probe does.
    """

    def make(names: Sequence[str]) -> dict[str, Any]:
        history = [message for name in names for message in TOOL_TURNS[name]]
        return chat.body([*history, user(CAPITAL)], tools=[WEATHER], max_tokens=4)

    within = defaults_in_history if "tools" in defaults_in_history.exchange.request.json else None
    return await together(chat, lambda: history_with_call(chat), tuple(TOOL_TURNS), make, within)


@requirements("name", TOOL_TURNS, acceptance=True)
def test_a_history_with_calls_is_accepted(tool_histories: Mapping[str, Faulty], name: str) -> None:
    expect_accepted(tool_histories[name], "this history")


@probe
async def echoed_calls(chat: Chat, two_calls: ChatReply) -> Faulty | None:
    """Send a history with the unchanged tool calls of an earlier response, and with their results.

    Returns None, and sends nothing, if the earlier response has no complete tool calls. If the target rejects the history with the tool calls, also send a history with one tool call, as another probe does.
    """
    calls = two_calls.tool_calls if two_calls.accepted else ()
    # A call that lacks something is not what a client could send back: that is chat.tools.call-id and its like.
    whole = all(call.id and call.type == "function" and isinstance(call.arguments, str) for call in calls)
    if not calls or not whole or two_calls.finish_reason == "length":
        return None
    answers = [{"role": "tool", "tool_call_id": call.id, "content": "Sunny."} for call in calls]
    history = [user(ASK_TWICE), two_calls.message, *answers, assistant("It is sunny."), user(CAPITAL)]
    reply = await chat.post(chat.body(history, tools=[WEATHER], max_tokens=4))
    return Faulty(reply if reply.accepted else await history_with_call(chat), reply)


@requirement(ECHO_CALL, acceptance=True)
def test_a_history_with_the_call_of_the_target_is_accepted(echoed_calls: Faulty | None) -> None:
    premise(echoed_calls is not None, "the endpoint returned no complete tool call")
    assert echoed_calls is not None  # for the type checker: the premise says so
    expect_accepted(echoed_calls, "this history")


@probe
async def second_system(chat: Chat, with_system: Pair, many_rules: ChatReply) -> Pair:
    """Send two requests: one with one system message, and one that has a second system message after it.

    The second request is not sent if the response to an earlier request with more messages shows that the model reads
    all messages of the earlier request.
    """
    if has_all_rules(many_rules, with_system):
        return with_system[0], many_rules
    return with_system[0], await chat([NEUTRAL, {"role": "system", "content": RULE}, user(CAPITAL)], max_tokens=8)


@requirement("chat.messages.several-system")
def test_a_second_system_message_is_part_of_the_prompt(second_system: Pair, short_and_long: Pair) -> None:
    expect_accepted(Faulty(*second_system), "a second system message")
    expect_counted(second_system, "the second system message in the prompt", short_and_long)


# Requirement → text that JSON may carry and that careless code stumbles over.
ODD_TEXT: dict[str, str] = {
    "chat.messages.line-separators": "One\u2028two\u2029three\ufeff \u202ea\u202c e\u0301.",
    "chat.messages.nul": "Say hello.\u0000 Now.",
    "chat.messages.lone-surrogate": "Say hello. \ud83d Now.",
}


@probe
async def optional_with_odd_text(chat: Chat, target: Target) -> ChatReply:
    """Send text with rare characters, together with parameters that a target need not support and unusual headers.

    If the target rejects the request, the text, the parameters and the headers are sent in separate requests.
    """
    body = with_all(chat.body(" ".join(ODD_TEXT.values()), max_tokens=64), ACCEPTED)
    return await chat.post(body, headers=all_unusual(target, body), fresh=True)


@probe
async def odd_text(chat: Chat, plain: ChatReply, optional_with_odd_text: ChatReply) -> Mapping[str, Faulty]:
    """Send text with rare but valid characters, with a NUL character, and with an unpaired surrogate."""

    def make(names: Sequence[str]) -> dict[str, Any]:
        return chat.body(" ".join(ODD_TEXT[name] for name in names), max_tokens=4)

    return await together(chat, plain, tuple(ODD_TEXT), make, optional_with_odd_text)


@requirement("chat.messages.line-separators", acceptance=True)
def test_line_separators_and_marks_are_accepted(odd_text: Mapping[str, Faulty]) -> None:
    expect_accepted(odd_text["chat.messages.line-separators"], "U+2028, U+FEFF and combining marks")


@requirements("name", ("chat.messages.nul", "chat.messages.lone-surrogate"))
def test_a_character_that_is_no_text_is_answered_or_refused(odd_text: Mapping[str, Faulty], name: str) -> None:
    pair = odd_text[name]
    if 400 <= (pair.faulty.exchange.status or 0) < 500:
        return
    expect_accepted(pair, "a 4xx, or this character")


SIDE = 64
"""The width and height of the images, in pixels."""


def png(pixels: bytes = b"\xff\0\0" * SIDE * SIDE) -> bytes:
    """Return a PNG file, which has the parts that the W3C specification requires (section 5).

    `pixels` has three bytes for each pixel; without it, the image is red.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[at : at + 3 * SIDE] for at in range(0, len(pixels), 3 * SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def beside_an_image(form: str, file: bytes = png()) -> list[dict[str, Any]]:
    """Return a question with an image, which is a data URL in one of the two forms of `image_url`."""
    url = f"data:image/png;base64,{base64.b64encode(file).decode()}"
    image = {"type": "image_url", "image_url": url if form == "string" else {"url": url}}
    return [user([{"type": "text", "text": HELLO}, image])]


@probe
async def with_image(chat: Chat, target: Target, as_parts: Pair) -> Pair:
    """Send a question without an image, and a question with an image in the form that the target's contract uses."""
    return as_parts[1], await chat(beside_an_image(target.profile.image_url), max_tokens=4)


@requirement("chat.messages.image")
def test_an_image_is_part_of_the_prompt(with_image: Pair, short_and_long: Pair, target: Target) -> None:
    expect_image_counted(with_image, short_and_long, promised=target.profile.promises("vision"))


def expect_image_counted(with_image: Pair, short_and_long: Pair, *, promised: bool) -> None:
    """Expect that a request with an image has more prompt tokens than the request without the image.

    The outcome is unsupported if the target rejects images and its profile does not promise them.
    """
    premise_images(with_image, promised=promised)
    expect_counted((short_and_long[0], with_image[1]), "the image in the prompt", short_and_long)


def premise_images(with_image: Pair, *, promised: bool) -> None:
    """Make the outcome unsupported if the target rejects images and its profile does not promise them."""
    image = with_image[1].exchange
    premise(with_image[0].accepted, "text parts are rejected too", see="chat.messages.content-parts")
    # The text parts are accepted, so whatever its words are ("is not a multimodal model"), it is the image that is refused.
    if refuses_the_body(image.status) and not promised:
        raise Unsupported(f"rejected with {image.status}: {shown(read_error(image).message, 200)}")
