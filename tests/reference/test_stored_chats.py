"""Stored chat completions, driven by the official SDK, unmodified."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

MODEL = "reference-1"
SAID: list[Any] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Say hello."}]},
]


def made(client: openai.OpenAI, **params: Any) -> Any:
    return client.chat.completions.create(model=MODEL, messages=SAID, store=True, max_tokens=8, **params)


def test_a_completion_from_creation_to_deletion(client: openai.OpenAI) -> None:
    """Retrieved as it was answered, updated, deleted; then it is gone."""
    completion = made(client, metadata={"topic": "demo"}, n=2)
    found = client.chat.completions.retrieve(completion.id)
    assert found.choices == completion.choices
    assert found.usage == completion.usage
    assert (found.created, found.model) == (completion.created, completion.model)
    assert found.metadata == {"topic": "demo"}
    assert client.chat.completions.update(completion.id, metadata={"other": "1"}).metadata == {"other": "1"}
    assert client.chat.completions.retrieve(completion.id).metadata == {"other": "1"}
    assert client.chat.completions.delete(completion.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.retrieve(completion.id)
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.messages.list(completion.id)
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.delete(completion.id)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"logprobs": True},
        {
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
            "tool_choice": "required",
        },
    ],
)
def test_a_stream_is_stored_as_the_sdk_puts_it_together(client: openai.OpenAI, params: dict[str, Any]) -> None:
    """Text, log probabilities and calls."""
    ask: dict[str, Any] = {"model": MODEL, "messages": SAID, "store": True, "max_tokens": 12, **params}
    with client.chat.completions.stream(**ask) as stream:
        streamed = stream.get_final_completion()
    found = client.chat.completions.retrieve(streamed.id)
    (wanted,), (choice,) = streamed.choices, found.choices
    assert (choice.message.content or "") == (wanted.message.content or "")
    assert choice.finish_reason == wanted.finish_reason
    calls = [(each.id, each.function.name, each.function.arguments) for each in choice.message.tool_calls or ()]
    assert calls == [(each.id, each.function.name, each.function.arguments) for each in wanted.message.tool_calls or ()]
    assert bool(choice.logprobs) == bool(wanted.logprobs)
    if choice.logprobs and wanted.logprobs:
        assert [each.token for each in choice.logprobs.content or ()] == [
            each.token for each in wanted.logprobs.content or ()
        ]


@pytest.mark.parametrize("store", [False, openai.NOT_GIVEN])
def test_nothing_is_stored_unless_asked(client: openai.OpenAI, store: Any) -> None:
    """The default is not to store."""
    completion = client.chat.completions.create(model=MODEL, messages=SAID, store=store, max_tokens=4)
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.retrieve(completion.id)


def test_completions_are_listed_page_by_page(client: openai.OpenAI) -> None:
    """Oldest first by default; by metadata and by model; the SDK's paginator finds all of them."""
    three = [made(client, metadata={"run": "paged", "number": str(number)}).id for number in range(3)]
    run = {"run": "paged"}
    assert [each.id for each in client.chat.completions.list(metadata=run, limit=1)] == three
    assert [each.id for each in client.chat.completions.list(metadata=run, order="desc", limit=2)] == three[::-1]
    assert [each.id for each in client.chat.completions.list(metadata={**run, "number": "1"})] == [three[1]]
    assert [each.id for each in client.chat.completions.list(metadata=run, model=MODEL)] == three
    assert not list(client.chat.completions.list(metadata=run, model="reference-1-mini"))


def test_messages_are_those_of_the_request(client: openai.OpenAI) -> None:
    """In their order, each with an id; parts are parts."""
    completion = made(client)
    listed = list(client.chat.completions.messages.list(completion.id, limit=1))
    assert [(each.role, each.content) for each in listed] == [("system", "Be brief."), ("user", None)]
    assert [part.text for part in listed[1].content_parts or () if part.type == "text"] == ["Say hello."]
    assert len({each.id for each in listed}) == 2
    newest = client.chat.completions.messages.list(completion.id, order="desc")
    assert [each.id for each in newest] == [each.id for each in listed][::-1]


def test_an_update_needs_metadata(client: openai.OpenAI, http: httpx.Client) -> None:
    """Nothing else can be changed, and null takes all pairs away."""
    completion = made(client, metadata={"topic": "demo"})
    path = f"/v1/chat/completions/{completion.id}"
    assert http.post(path, json={}).json()["error"]["param"] == "metadata"
    assert http.post(path, json={"metadata": {"k" * 65: "v"}}).status_code == 400
    assert http.post(path, json={"metadata": None}).json()["metadata"] == {}
    assert http.get(path, headers={"authorization": ""}).status_code == 401
