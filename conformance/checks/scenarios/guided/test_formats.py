"""OpenAI's response formats must be enforced with and without streaming and in every choice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.constraints import OPENAI, JsonObject, JsonSchema, dialect_for
from conformance.checks.refusal import Faulty, expect_accepted, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.checks.scenarios.chat.test_bounds import TEXT_FORMAT
from conformance.checks.scenarios.guided.asking import LIMIT, POEM, Asked, ask, closed, contents, expect_obeyed
from conformance.checks.scenarios.guided.conftest import PLAIN, need_schemas
from conformance.checks.scenarios.guided.joined import broken, obeyed
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

POEM_JSON = "Write a short poem about the sea, then one JSON object about it."
LONG = JsonSchema.of(closed({"text": {"type": "string", "minLength": 400}}))
WHITE = re.compile(r"\s{24}")


@probe(transports=("json", "sse"))
async def schema_asked(chat: Chat) -> Asked:
    """Send a strict JSON schema in OpenAI's `response_format`."""
    return await ask(chat, OPENAI, PLAIN, POEM, limit=2 * LIMIT)


@requirement("chat.json-schema.enforced")
def test_a_strict_schema_constrains_the_answer(schema_asked: Asked) -> None:
    expect_obeyed(schema_asked)


@requirement("chat.guided.ends", transport="json")
def test_structured_output_goes_to_its_end(plain_schema: Asked, object_asked: Asked) -> None:
    need_schemas(plain_schema)
    asked = [plain_schema, *([object_asked] if object_asked.replies[0].accepted else [])]
    lost = [each for each in asked if WHITE.search(each.first.text)]
    if lost:
        said = lost[0].first
        ended = f"{len(asked) - len(lost)} of {len(asked)} responses"
        expected = f"JSON without long runs of whitespace ({ended} are so)"
        expect(False, expected, got=said.text, where=said.where, on=lost[0].replies[0])


@probe(transports=("json", "sse"))
async def object_asked(chat: Chat) -> Asked:
    """Request JSON mode (`json_object`). The prompt contains the word JSON, as OpenAI requires."""
    return await ask(chat, OPENAI, JsonObject(), POEM_JSON, limit=2 * LIMIT)


@requirement("chat.json-object.enforced")
def test_json_object_gives_a_json_object(object_asked: Asked) -> None:
    expect_obeyed(object_asked)


@probe
async def object_without_the_word(chat: Chat, object_asked: Asked) -> Faulty:
    """Request JSON mode (`json_object`) without the word JSON in any message."""
    faulty = await chat(HELLO, response_format={"type": "json_object"}, temperature=0)
    return Faulty(object_asked.reply, faulty, ("messages", "json"))


@requirement("chat.guided.json-object-word")
def test_json_object_needs_the_word_in_the_messages(object_without_the_word: Faulty) -> None:
    expect_refused(object_without_the_word)


@probe
async def text_format(edges: Mapping[str, Faulty]) -> Faulty:
    """Send `response_format` with the type `text`, which is the default."""
    return edges[TEXT_FORMAT]


@requirement("chat.guided.text", acceptance=True)
def test_the_text_format_is_accepted(text_format: Faulty) -> None:
    expect_accepted(text_format, "response_format text")


@probe(transports=("json", "sse"))
async def schema_cut(chat: Chat, target: Target) -> ChatReply:
    """Send a schema that only a text far longer than the token limit can satisfy."""
    params = dialect_for(target.profile, JsonSchema).params(LONG)
    return await chat("Write a long story about the sea.", max_tokens=8, temperature=0, **params)


@requirement("chat.guided.cut")
def test_json_that_the_limit_cut_does_not_say_stop(plain_schema: Asked, schema_cut: ChatReply) -> None:
    need_schemas(plain_schema)
    text = contents(schema_cut)[0].text.rstrip("\ufffd")
    premise(LONG.may_begin(text) and not LONG.admits(text), f"the text does not begin the wanted JSON: {text[:120]!r}")
    got, where = schema_cut.finish_reason, "/choices/0/finish_reason"
    expect(got == "length", "finish_reason length for incomplete JSON", got=got, where=where, on=schema_cut)


@probe(transports=("json", "sse"))
async def two_guided_choices(chat: Chat, target: Target, plain_schema: Asked, schema_with_others: Asked) -> Asked:
    """Request two choices that must satisfy one schema.

    Another probe requests two choices with the same schema and with other parameters. If both choices of the other
    probe's response satisfy the schema, that response is returned, and no further request is sent. `top_p` is low,
    because small models otherwise generate endless whitespace.
    """
    if await asyncio.to_thread(obeyed, schema_with_others, 2):
        return schema_with_others
    params = dialect_for(target.profile, JsonSchema).params(PLAIN)
    reply = await chat(POEM, n=2, temperature=1, top_p=0.05, max_tokens=2 * LIMIT, **params)
    return Asked(PLAIN, plain_schema.names, (reply,))


@requirement("chat.guided.choices")
def test_every_choice_obeys(
    plain_schema: Asked,
    two_guided_choices: Asked,
    schema_with_others: Asked,
    schema_beside_tools: Asked,
    schema_not_strict: Asked,
) -> None:
    need_schemas(plain_schema)
    count = len(contents(two_guided_choices.reply))
    premise(count == 2, f"the response has {count} choices instead of two", see="chat.n.count")
    expect_obeyed(two_guided_choices)
    # A violation by the combined request belongs to one of the other parameters if that parameter alone shows it too.
    if schema_with_others.reply.accepted and not broken(schema_beside_tools) and not broken(schema_not_strict):
        expect_obeyed(schema_with_others)
