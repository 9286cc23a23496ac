"""The official OpenAI SDK, unmodified, drives what the Responses API has beside creating: background, counting, compacting."""

from __future__ import annotations

import openai
import pytest

MODEL = "reference-1"
STORY = "Tell me a long story."
# How the SDK opens its connection is deprecated in websockets 17; that is between the two.
CONNECTS = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")


def test_a_background_response_is_polled(client: openai.OpenAI):
    """Queued, in progress, completed; what was asked and answered is all there, and it can be continued."""
    made = client.responses.create(model=MODEL, input="Count from 1 to 5.", background=True, temperature=0)
    assert (made.status, made.background, made.output) == ("queued", True, [])
    assert client.responses.retrieve(made.id).status == "in_progress"
    done = client.responses.retrieve(made.id)
    assert (done.status, done.output_text) == ("completed", "1, 2, 3, 4, 5")
    assert done.usage.output_tokens > 0
    assert len(client.responses.input_items.list(made.id).data) == 1
    after = client.responses.create(model=MODEL, input="And on?", previous_response_id=made.id)
    assert after.usage.input_tokens > done.usage.input_tokens


def test_a_background_stream_is_resumed(client: openai.OpenAI):
    """A client that lost the stream asks for the events after the last that it saw, and misses none."""
    seen, last, identifier = "", None, ""
    with client.responses.create(
        model=MODEL, input="Count from 1 to 5.", background=True, stream=True, temperature=0
    ) as stream:
        for event in stream:
            identifier = event.response.id if event.type == "response.created" else identifier
            last = event.sequence_number
            seen += event.delta if event.type == "response.output_text.delta" else ""
            if seen:
                break
    rest = list(client.responses.retrieve(identifier, stream=True, starting_after=last))
    assert [event.sequence_number for event in rest] == list(range(last + 1, last + 1 + len(rest)))
    assert rest[-1].type == "response.completed"
    seen += "".join(event.delta for event in rest if event.type == "response.output_text.delta")
    assert seen == rest[-1].response.output_text == client.responses.retrieve(identifier).output_text


def test_a_background_response_is_cancelled(client: openai.OpenAI):
    """Cancelled it stays; what was made in the foreground cannot be."""
    made = client.responses.create(model=MODEL, input=STORY, background=True)
    assert client.responses.cancel(made.id).status == "cancelled"
    assert client.responses.retrieve(made.id).status == "cancelled"
    whole = client.responses.create(model=MODEL, input="Say yes.")
    with pytest.raises(openai.BadRequestError, match="background=true"):
        client.responses.cancel(whole.id)
    done = client.responses.create(model=MODEL, input="Say yes.", background=True)
    client.responses.create(model=MODEL, input="And?", previous_response_id=done.id)
    assert client.responses.cancel(done.id).status == "completed"


def test_what_is_deleted_in_the_queue_does_not_come_back(client: openai.OpenAI):
    """A background response that was deleted before it was made is gone."""
    made = client.responses.create(model=MODEL, input=STORY, background=True)
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)


def test_a_background_response_is_stored(client: openai.OpenAI):
    """It cannot be kept nowhere."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model=MODEL, input=STORY, background=True, store=False)
    assert caught.value.param == "background"


def test_only_background_streams_are_resumed(client: openai.OpenAI):
    """A response that was answered as a whole has no events."""
    made = client.responses.create(model=MODEL, input="Say yes.")
    with pytest.raises(openai.BadRequestError) as caught:
        list(client.responses.retrieve(made.id, stream=True))
    assert caught.value.param == "stream"


def test_input_is_counted_as_it_is_used(client: openai.OpenAI):
    """The count of a body is the usage of the response to it."""
    asked = {"model": MODEL, "input": "What is the capital of France?", "instructions": "Answer in one word."}
    counted = client.responses.input_tokens.count(**asked)
    assert counted.object == "response.input_tokens"
    assert counted.input_tokens == client.responses.create(**asked).usage.input_tokens


def test_a_compacted_input_is_smaller_and_goes_on(client: openai.OpenAI):
    """The output of compact is an input, of fewer tokens than what it stands for."""
    long = {"role": "assistant", "content": "The river is long and quiet. " * 20}
    said = [{"role": "user", "content": "My name is Ada."}, long, {"role": "user", "content": "And?"}, long]
    packed = client.responses.compact(model=MODEL, input=said)
    assert packed.object == "response.compaction"
    assert [item.type for item in packed.output] == ["message", "message", "compaction"]
    items = [item.model_dump(exclude_none=True, warnings=False) for item in packed.output]
    after = client.responses.create(model=MODEL, input=[*items, {"role": "user", "content": "Go on."}])
    assert after.usage.input_tokens < packed.usage.input_tokens


def test_an_item_reference_stands_for_its_item(client: openai.OpenAI):
    """The text of a stored item is read; an unknown id is a 404."""
    made = client.responses.create(model=MODEL, input="Say: the word is KIWI, K-I-W-I, and nothing else.")
    reference = {"type": "item_reference", "id": made.output[0].id}
    ask = {"role": "user", "content": "Go on."}
    alone = client.responses.create(model=MODEL, input=[ask])
    with_it = client.responses.create(model=MODEL, input=[reference, ask])
    assert with_it.usage.input_tokens >= alone.usage.input_tokens + made.usage.output_tokens
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.create(model=MODEL, input=[{"type": "item_reference", "id": "msg_nowhere"}, ask])
    assert caught.value.param == "input"


def test_log_probabilities_are_included(client: openai.OpenAI):
    """Of every token, with alternatives, in the object and in the deltas."""
    asked = {
        "model": MODEL,
        "input": "Say grün 😀.",
        "temperature": 0,
        "include": ["message.output_text.logprobs"],
        "top_logprobs": 2,
    }
    entries = client.responses.create(**asked).output[0].content[0].logprobs
    assert b"".join(bytes(entry.bytes) for entry in entries).decode() == "grün 😀"
    assert all(1 <= len(entry.top_logprobs) <= 2 for entry in entries)
    with client.responses.stream(**asked) as stream:
        streamed = [
            entry.token for event in stream if event.type == "response.output_text.delta" for entry in event.logprobs
        ]
    assert streamed == [entry.token for entry in entries]


def test_truncation_drops_what_came_first(client: openai.OpenAI):
    """Too long an input is refused, or shortened from its beginning when that is asked for."""
    said = [{"role": "user", "content": "river " * 3000} for _ in range(4)]
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model=MODEL, input=said)
    assert caught.value.code == "context_length_exceeded"
    made = client.responses.create(model=MODEL, input=said, truncation="auto", max_output_tokens=16)
    assert made.truncation == "auto"
    assert made.usage.input_tokens <= 8192


@CONNECTS
def test_a_websocket_is_talked_on(client: openai.OpenAI):
    """Turn after turn on one connection; what is not stored is remembered there, and an error ends nothing."""
    asked = {"model": MODEL, "store": False, "max_output_tokens": 32, "temperature": 0}

    def turn(connection, **more):
        connection.response.create(**asked, **more)
        kinds = []
        while True:
            event = connection.recv()
            kinds.append(event.type)
            if event.type in ("response.completed", "response.incomplete", "error"):
                return event, kinds

    with client.responses.connect() as connection:
        first, kinds = turn(connection, input="Count from 1 to 5.")
        assert first.response.output_text == "1, 2, 3, 4, 5"
        assert kinds[:2] == ["response.created", "response.in_progress"]
        assert "response.output_text.delta" in kinds
        after, _ = turn(connection, input="And on?", previous_response_id=first.response.id)
        assert after.response.usage.input_tokens > first.response.usage.input_tokens
        error, _ = turn(connection, input="And on?", previous_response_id="resp_" + "0" * 48)
        assert error.to_dict()["error"]["code"] == "previous_response_not_found"
        again, _ = turn(connection, input="Say yes.")
        assert again.response.output_text
    with client.responses.connect() as connection:
        error, _ = turn(connection, input="And on?", previous_response_id=again.response.id)
        assert error.type == "error"


@CONNECTS
def test_a_websocket_needs_the_key(client: openai.OpenAI):
    """The upgrade is refused as any request would be."""
    with pytest.raises(Exception, match="401"), client.with_options(api_key="sk-wrong").responses.connect():
        pass
