"""The official OpenAI SDK, unmodified, drives the reference endpoint."""

from __future__ import annotations

import json

import openai
import pytest
from pydantic import BaseModel

from conformance.reference import ReferenceServer

MODEL = "reference-1"
TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "Weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False},
}}]  # fmt: skip


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_a_completion(client: openai.OpenAI):
    """A plain completion has text, a finish reason and usage that sums."""
    made = client.chat.completions.create(model=MODEL, messages=user("Count from 1 to 5."), temperature=0)
    assert made.choices[0].message.content == "1, 2, 3, 4, 5"
    assert made.choices[0].finish_reason == "stop"
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens


def test_a_stream_says_the_same(client: openai.OpenAI):
    """The text of a stream is the text of the object; the usage chunk comes last and has the same counts."""
    asked = {"model": MODEL, "messages": user('Repeat exactly: "Grüße 😀 日本"'), "temperature": 0}
    whole = client.chat.completions.create(**asked)
    chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
        == whole.choices[0].message.content
        == "Grüße 😀 日本"
    )
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1


def test_the_stream_helper_accumulates(client: openai.OpenAI):
    """`chat.completions.stream()` ends with the whole completion."""
    with client.chat.completions.stream(
        model=MODEL, messages=user("Say hello there."), temperature=0, logprobs=True
    ) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == "hello there"
    assert "".join(entry.token for entry in final.choices[0].logprobs.content) == "hello there"


def test_tool_calls_accumulate_over_a_stream(client: openai.OpenAI):
    """The helper puts two parallel calls together from their fragments."""
    ask = user("What is the weather in Paris and London?")
    with client.chat.completions.stream(model=MODEL, messages=ask, tools=TOOLS, temperature=0) as stream:
        choice = stream.get_final_completion().choices[0]
    assert choice.finish_reason == "tool_calls"
    assert [json.loads(call.function.arguments)["city"] for call in choice.message.tool_calls] == ["Paris", "London"]
    assert len({call.id for call in choice.message.tool_calls}) == 2


def test_a_tool_round_trip(client: openai.OpenAI):
    """The assistant's own message comes back with a result, and the answer uses it."""
    ask = user("What is the weather in Paris?")
    first = (
        client.chat.completions.create(model=MODEL, messages=ask, tools=TOOLS, tool_choice="required")
        .choices[0]
        .message
    )
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": '{"temperature": 31}'}
    second = client.chat.completions.create(model=MODEL, messages=[*ask, first, result], tools=TOOLS, temperature=0)
    assert "31" in second.choices[0].message.content


def test_a_named_function_finishes_with_stop(client: openai.OpenAI):
    """A forced call of a named function has finish_reason stop, as at OpenAI."""
    choice = {"type": "function", "function": {"name": "get_weather"}}
    made = client.chat.completions.create(
        model=MODEL, messages=user("Write a poem."), tools=TOOLS, tool_choice=choice
    ).choices[0]
    assert made.message.tool_calls[0].function.name == "get_weather"
    assert made.finish_reason == "stop"


class Person(BaseModel):
    name: str
    age: int


def test_parse_gives_a_model(client: openai.OpenAI):
    """`parse` with a pydantic model."""
    made = client.chat.completions.parse(
        model=MODEL, messages=user("My name is Ada and I am 36."), response_format=Person
    )
    assert isinstance(made.choices[0].message.parsed, Person)
    assert made.choices[0].message.parsed.name == "Ada"


def test_limits_and_choices(client: openai.OpenAI):
    """max_completion_tokens and n are kept."""
    made = client.chat.completions.create(
        model=MODEL, messages=user("Tell me a long story."), max_completion_tokens=7, n=3, seed=1
    )
    assert [choice.index for choice in made.choices] == [0, 1, 2]
    assert {choice.finish_reason for choice in made.choices} == {"length"}
    assert made.usage.completion_tokens == 21
    assert len({choice.message.content for choice in made.choices}) > 1


def test_logprobs_are_of_every_token(client: openai.OpenAI):
    """As many entries as completion tokens; their bytes are the text."""
    made = client.chat.completions.create(
        model=MODEL, messages=user("Say grün 😀."), temperature=0, logprobs=True, top_logprobs=3
    )
    content = made.choices[0].logprobs.content
    assert len(content) == made.usage.completion_tokens
    assert b"".join(bytes(entry.bytes) for entry in content).decode() == made.choices[0].message.content
    assert all(entry.logprob <= 0 and len(entry.top_logprobs) <= 3 for entry in content)


def test_models(client: openai.OpenAI):
    """Models are listed and retrieved, also those with a slash."""
    listed = [model.id for model in client.models.list()]
    assert MODEL in listed
    assert client.models.retrieve("reference/thinker").id == "reference/thinker"


@pytest.mark.parametrize(("change", "expected", "code"), [
    ({"model": "nope"}, openai.NotFoundError, "model_not_found"),
    ({"n": 0}, openai.BadRequestError, "integer_below_min_value"),
    ({"extra_body": {"bogus": 1}}, openai.BadRequestError, "unknown_parameter"),
    ({"messages": []}, openai.BadRequestError, "empty_array"),
])  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
def test_refusals_are_the_right_exceptions(client, change, expected, code, stream):
    """The SDK maps refusals to its exceptions, with and without a stream."""
    with pytest.raises(expected) as caught:
        client.chat.completions.create(**{"model": MODEL, "messages": user("hi"), "stream": stream, **change})
    assert caught.value.code == code
    assert caught.value.type == "invalid_request_error"
    assert caught.value.request_id.startswith("req_")


def test_a_wrong_key_is_an_authentication_error(server: ReferenceServer):
    """401 with code invalid_api_key."""
    with (
        openai.OpenAI(base_url=server.url, api_key="sk-wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        stranger.models.list()
    assert caught.value.code == "invalid_api_key"


def test_responses_chain(client: openai.OpenAI):
    """A response continues an earlier one, three turns deep, without its instructions."""
    first = client.responses.create(
        model=MODEL, input="My name is Ada.", instructions="Answer only with NOTED.", temperature=0
    )
    assert first.output_text == "NOTED"
    second = client.responses.create(
        model=MODEL, input="The code word is KIWI.", previous_response_id=first.id, temperature=0
    )
    assert second.output_text != "NOTED"
    third = client.responses.create(
        model=MODEL, input="What is my name?", previous_response_id=second.id, temperature=0
    )
    assert "Ada" in third.output_text
    assert third.usage.input_tokens > second.usage.input_tokens > first.usage.input_tokens - 20


def test_a_responses_stream(client: openai.OpenAI):
    """Events come in order, numbered from 0, and the last carries the stored object."""
    with client.responses.stream(model=MODEL, input="Count from 1 to 5.", temperature=0) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [event.sequence_number for event in events] == sorted({event.sequence_number for event in events})
    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert final.output_text == "1, 2, 3, 4, 5"
    assert client.responses.retrieve(final.id).output_text == final.output_text


def test_a_response_is_stored_and_deleted(client: openai.OpenAI):
    """GET, input items, DELETE, then 404; store=False is never there."""
    made = client.responses.create(
        model=MODEL, input=[{"role": "user", "content": "hi"}, {"role": "user", "content": "ho"}]
    )
    items = client.responses.input_items.list(made.id, order="asc", limit=1)
    assert items.data[0].content[0].text == "hi"
    assert items.has_more
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)
    hidden = client.responses.create(model=MODEL, input="hi", store=False)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(hidden.id)
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model=MODEL, input="hi", previous_response_id=hidden.id)
    assert caught.value.code == "previous_response_not_found"


def test_responses_call_functions(client: openai.OpenAI):
    """A function call and its output, over two responses."""
    tools = [{"type": "function", "strict": True, **TOOLS[0]["function"]}]
    made = client.responses.create(
        model=MODEL, input="What is the weather in Paris?", tools=tools, tool_choice="required"
    )
    call = made.output[0]
    assert (call.type, json.loads(call.arguments)) == ("function_call", {"city": "Paris"})
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        client.responses.create(model=MODEL, input="and?", previous_response_id=made.id)
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "31 degrees"}
    after = client.responses.create(
        model=MODEL, input=[result], previous_response_id=made.id, tools=tools, temperature=0
    )
    assert "31" in after.output_text


def test_responses_parse_and_limit(client: openai.OpenAI):
    """text.format is enforced; a limit makes the response incomplete."""
    parsed = client.responses.parse(model=MODEL, input="My name is Ada and I am 36.", text_format=Person)
    assert parsed.output_parsed.name == "Ada"
    cut = client.responses.create(model=MODEL, input="Tell me a long story.", max_output_tokens=16)
    assert (cut.status, cut.incomplete_details.reason, cut.usage.output_tokens) == (
        "incomplete",
        "max_output_tokens",
        16,
    )


def test_embeddings(client: openai.OpenAI):
    """The same text has the same unit vector in both encodings; like texts are nearer than unlike ones."""
    texts = ["the quiet river", "the quiet river bank", "seventeen copper kettles"]
    numbers = client.embeddings.create(model="reference-embed", input=texts, dimensions=64, encoding_format="float")
    assert [item.index for item in numbers.data] == [0, 1, 2]
    first, near, far = (item.embedding for item in numbers.data)
    assert sum(x * x for x in first) == pytest.approx(1)
    assert sum(a * b for a, b in zip(first, near, strict=True)) > sum(a * b for a, b in zip(first, far, strict=True))
    packed = client.embeddings.create(model="reference-embed", input=texts[0], dimensions=64)
    assert packed.data[0].embedding == pytest.approx(first, abs=1e-6)
