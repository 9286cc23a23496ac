"""The Telnyx contract: its own parameters, its own refusals, conversations that persist; driven by the official SDK."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.packs.telnyx.buckets import ANSWER, BUCKET, OTHER_BUCKET, QUESTION
from conformance.reference import ReferenceServer
from conformance.reference.mutants.error.images import PIXEL

if TYPE_CHECKING:
    from telnyx import Telnyx

CHAT = "/v2/ai/openai/chat/completions"
HELLO = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture
def telnyx(server: ReferenceServer) -> Iterator[Telnyx]:
    from telnyx import Telnyx  # takes a second to import, so only where it is used

    with Telnyx(api_key=server.api_key, base_url=f"{server.origin}/v2", max_retries=0) as made:
        yield made


def test_the_model_is_optional(http: httpx.Client):
    """Without a model, the documented default answers."""
    answer = http.post(CHAT, json={"messages": HELLO}).json()
    assert answer["model"] == "meta-llama/Meta-Llama-3.1-8B-Instruct"
    assert "Paris" in answer["choices"][0]["message"]["content"]


def test_a_schema_of_many_levels_is_rejected_not_a_server_error(http: httpx.Client):
    """A schema that exceeds Python's recursion limit is a fault of the request."""
    levels = 400
    schema = '{"type":"object","properties":{"a":' * levels + '{"type":"string"}' + "}}" * levels
    body = json.dumps({"messages": HELLO})[:-1] + f', "guided_json": {schema}}}'
    refusal = http.post(CHAT, content=body, headers={"content-type": "application/json"})
    assert refusal.status_code == 422
    assert "guided_json" in refusal.text


@pytest.mark.parametrize(("change", "place"), [
    ({"messages": None}, ["body", "messages"]),
    ({"n": 0}, ["body", "n"]),
    ({"n": 1.5}, ["body", "n"]),
    ({"min_p": 2}, ["body", "min_p"]),
    ({"use_beam_search": True, "n": 3, "best_of": 2}, ["body", "best_of"]),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "size": 1}]}]}, ["body", "messages", 0, "content", 0, "size"]),
    ({"guided_regex": "(["}, ["body", "guided_regex"]),
    ({"guided_json": {"type": "nope"}}, ["body", "guided_json"]),
    ({"guided_choice": []}, ["body", "guided_choice"]),
    ({"guided_regex": "a", "guided_choice": ["b"]}, ["body", "guided_regex"]),
    ({"response_format": {"type": "json_schema"}}, ["body", "response_format", "type"]),
    ({"messages": [{"role": "developer", "content": "x"}]}, ["body", "messages", 0, "role"]),
])  # fmt: skip
def test_invalid_requests_are_422_with_detail(http: httpx.Client, change, place):
    """HTTPValidationError, with the place of the fault."""
    answer = http.post(CHAT, json={"messages": HELLO, **change})
    assert answer.status_code == 422
    fault = answer.json()["detail"][0]
    assert fault["loc"] == place
    assert set(fault) == {"loc", "msg", "type"}


def with_image(image_url: object) -> dict[str, object]:
    parts = [{"type": "text", "text": "Say hello."}, {"type": "image_url", "image_url": image_url}]
    return {"messages": [{"role": "user", "content": parts}], "max_tokens": 1}


def test_an_image_is_a_string_here_and_an_object_at_openai(http: httpx.Client):
    """Each contract's own form is served and counted, the other's is refused with its place."""
    alone = http.post(CHAT, json={"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 1}).json()
    served = http.post(CHAT, json=with_image(PIXEL)).json()
    assert served["usage"]["prompt_tokens"] - alone["usage"]["prompt_tokens"] >= 85
    refused = http.post(CHAT, json=with_image({"url": PIXEL}))
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", "messages", 0, "content", 1, "image_url"]
    openai = {**with_image({"url": PIXEL}), "model": "reference-1"}
    assert http.post("/v1/chat/completions", json=openai).status_code == 200
    string = http.post("/v1/chat/completions", json={**with_image(PIXEL), "model": "reference-1"})
    assert string.status_code == 400
    assert string.json()["error"]["param"] == "messages[0].content[1].image_url"


def test_guided_output(http: httpx.Client):
    """guided_json, guided_regex and guided_choice are enforced."""

    def text(**guide: object) -> str:
        return http.post(CHAT, json={"messages": HELLO, **guide}).json()["choices"][0]["message"]["content"]

    assert text(guided_choice=["zig", "zag"]) in {"zig", "zag"}
    assert re.fullmatch(r"[0-9]{3}-[a-z]+", text(guided_regex="[0-9]{3}-[a-z]+"))
    schema = {
        "type": "object",
        "properties": {"q": {"enum": ["blorp"]}},
        "required": ["q"],
        "additionalProperties": False,
    }
    assert json.loads(text(guided_json=schema)) == {"q": "blorp"}


def test_beam_search_finds_different_candidates_best_first(http: httpx.Client):
    """The n best beams differ, and the first is the greedy answer to a sure question."""
    asked = {"messages": HELLO, "use_beam_search": True, "best_of": 4, "n": 2, "logprobs": True}
    choices = http.post(CHAT, json=asked).json()["choices"]
    assert choices[0]["message"]["content"] == "The capital of France is Paris."
    totals = [
        sum(entry["logprob"] for entry in choice["logprobs"]["content"]) / len(choice["logprobs"]["content"])
        for choice in choices
    ]
    assert totals[0] > totals[1]


def test_a_beam_search_weighs_length_and_stops_early(http: httpx.Client):
    """A high length penalty prefers candidates that the limit truncates, unless the search stops before it finds them."""
    asked = {"messages": HELLO, "use_beam_search": True, "best_of": 3, "n": 3, "max_tokens": 12}

    def reasons(**more: object) -> list[str]:
        return [choice["finish_reason"] for choice in http.post(CHAT, json=asked | more).json()["choices"]]

    assert reasons(length_penalty=-10) == ["stop"] * 3
    assert reasons(length_penalty=10) == ["length"] * 3
    assert reasons(length_penalty=10, early_stopping=True) == ["stop"] * 3
    assert http.post(CHAT, json={**asked, "max_tokens": None, "length_penalty": 1e9}).status_code == 200


def test_thinking_is_apart_from_the_content(http: httpx.Client):
    """A model that thinks says so in reasoning_content, and not when thinking is off."""
    asked = {"model": "reference/thinker", "messages": HELLO}
    on = http.post(CHAT, json=asked).json()
    off = http.post(CHAT, json={**asked, "enable_thinking": False}).json()
    assert on["choices"][0]["message"]["reasoning_content"]
    assert on["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0
    assert "reasoning_content" not in off["choices"][0]["message"]
    assert on["choices"][0]["message"]["content"] == off["choices"][0]["message"]["content"]


def test_the_sdk_chats(telnyx: Telnyx):
    """`ai.openai.chat.create_completion`."""
    made = telnyx.ai.openai.chat.create_completion(messages=HELLO)
    assert "Paris" in made["choices"][0]["message"]["content"]


def test_the_sdk_retrieves(telnyx: Telnyx):
    """The nearest document of the bucket is in the context; more results are a longer prompt, another bucket is no help."""

    def asked(bucket: str, most: int) -> tuple[str, int]:
        tool = {"type": "retrieval", "retrieval": {"bucket_ids": [bucket], "max_num_results": most}}
        messages = [{"role": "user", "content": QUESTION}]
        made = telnyx.ai.openai.chat.create_completion(messages=messages, tools=[tool], max_tokens=32)
        return made["choices"][0]["message"]["content"], made["usage"]["prompt_tokens"]

    one, several = asked(BUCKET, 1), asked(BUCKET, 5)
    assert ANSWER in one[0]
    assert ANSWER in several[0]
    assert several[1] > one[1] + 50
    assert ANSWER not in asked(OTHER_BUCKET, 5)[0]


@pytest.mark.parametrize(
    ("retrieval", "place", "status"),
    [
        ({}, ["bucket_ids"], 422),
        ({"bucket_ids": "quay"}, ["bucket_ids"], 422),
        ({"bucket_ids": []}, ["bucket_ids"], 422),
        ({"bucket_ids": [BUCKET], "max_num_results": "two"}, ["max_num_results"], 422),
        ({"bucket_ids": [BUCKET], "max_num_results": 0}, ["max_num_results"], 422),
        ({"bucket_ids": ["no-such-bucket"]}, [], 404),
    ],
)
def test_a_faulty_retrieval_tool_is_refused(http: httpx.Client, retrieval: object, place: list[str], status: int):
    body = {"messages": HELLO, "tools": [{"type": "retrieval", "retrieval": retrieval}]}
    answer = http.post(CHAT, json=body)
    assert answer.status_code == status
    if place:
        assert answer.json()["detail"][0]["loc"] == ["body", "tools", 0, "retrieval", *place]


def test_a_reference_to_a_key_is_text_and_is_ignored(telnyx: Telnyx, http: httpx.Client):
    """No model of the reference endpoint needs a key of another provider."""
    made = telnyx.ai.openai.chat.create_completion(messages=HELLO, api_key_ref="no-such-secret")
    assert "no-such-secret" not in json.dumps(made)
    assert http.post(CHAT, json={"messages": HELLO, "api_key_ref": ["a"]}).status_code == 422


def test_a_conversation_persists_over_responses(telnyx: Telnyx, http: httpx.Client):
    """Turns are appended to a Telnyx conversation and read again; instructions of the first turn stay."""
    conversation = telnyx.ai.conversations.create(name="Voice 1", metadata={"channel": "web"})
    turn = {"conversation": conversation.id, "model": "reference-1", "temperature": 0}
    telnyx.ai.openai.create_response(
        extra_body={**turn, "input": "My name is Ada.", "instructions": "End every answer with DONE."}
    )
    second = telnyx.ai.openai.create_response(extra_body={**turn, "input": "What is my name?"})
    assert second["output"][0]["content"][0]["text"] == "Your name is Ada. DONE"
    messages = telnyx.ai.conversations.messages.list(conversation.id)
    told = [(message.role, message.text) for message in messages]
    assert told[-2:] == [("user", "What is my name?"), ("assistant", "Your name is Ada. DONE")]
    assert len([role for role, _ in told if role == "user"]) == 2


def test_conversations_are_managed(telnyx: Telnyx):
    """Retrieve, update, filter, add a message, delete."""
    made = telnyx.ai.conversations.create(metadata={"channel": "unique-7"})
    telnyx.ai.conversations.add_message(made.id, role="user", content="The code word is KIWI.")
    assert telnyx.ai.conversations.update(made.id, metadata={"channel": "unique-8"}).data.metadata == {
        "channel": "unique-8"
    }
    found = telnyx.ai.conversations.list(extra_query={"metadata->channel": "eq.unique-8"}).data
    assert [conversation.id for conversation in found] == [made.id]
    telnyx.ai.conversations.delete(made.id)
    assert telnyx.ai.conversations.list(id=f"eq.{made.id}").data == []


def test_ai_disabled_conversations_are_refused(http: httpx.Client):
    """A conversation whose metadata says ai_disabled is not answered."""
    made = http.post("/v2/ai/conversations", json={"metadata": {"ai_disabled": "true"}}).json()
    answer = http.post(
        "/v2/ai/openai/responses", json={"conversation": made["id"], "model": "reference-1", "input": "hi"}
    )
    assert answer.status_code == 400


def test_an_idempotency_key_makes_one_conversation(http: httpx.Client):
    """The same key, the same conversation."""
    ids = {
        http.post("/v2/ai/conversations", json={}, headers={"Idempotency-Key": "k-1"}).json()["id"] for _ in range(2)
    }
    assert len(ids) == 1
