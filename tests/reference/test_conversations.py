"""OpenAI's conversations, driven by the official SDK, unmodified."""

from __future__ import annotations

import openai
import pytest

MODEL = "reference-1"
SAID = [{"type": "message", "role": "user", "content": "My favourite number is 4711."}]


def test_a_conversation_from_creation_to_deletion(client: openai.OpenAI):
    """Create, retrieve, update, delete; then it is gone."""
    made = client.conversations.create(metadata={"topic": "demo"}, items=SAID)
    assert made.id.startswith("conv_")
    assert client.conversations.retrieve(made.id).metadata == {"topic": "demo"}
    assert client.conversations.update(made.id, metadata={"topic": "other"}).metadata == {"topic": "other"}
    assert client.conversations.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.conversations.retrieve(made.id)


def test_items_are_listed_page_by_page(client: openai.OpenAI):
    """Newest first by default; the SDK's paginator finds all of them; a deleted one is gone."""
    made = client.conversations.create()
    items = [{"type": "message", "role": "user", "content": f"Number {number}."} for number in range(5)]
    added = client.conversations.items.create(made.id, items=items)
    assert [item.content[0].text for item in added.data] == [f"Number {number}." for number in range(5)]
    listed = list(client.conversations.items.list(made.id, limit=2))
    assert [item.content[0].text for item in listed] == [f"Number {number}." for number in (4, 3, 2, 1, 0)]
    found = client.conversations.items.retrieve(listed[0].id, conversation_id=made.id)
    assert found.content[0].text == "Number 4."
    assert client.conversations.items.delete(listed[0].id, conversation_id=made.id).id == made.id
    assert len(list(client.conversations.items.list(made.id))) == 4


def test_a_response_reads_and_writes_its_conversation(client: openai.OpenAI):
    """Earlier items are context; input and output are appended; streams do the same."""
    made = client.conversations.create(items=SAID)
    alone = client.responses.create(model=MODEL, input="Which number is it?", temperature=0)
    first = client.responses.create(model=MODEL, input="Which number is it?", conversation=made.id, temperature=0)
    assert first.conversation.id == made.id
    assert "4711" in first.output_text
    assert first.usage.input_tokens > alone.usage.input_tokens
    assert len(list(client.conversations.items.list(made.id))) == 3
    with client.responses.stream(model=MODEL, input="Say it again.", conversation=made.id) as stream:
        final = stream.get_final_response()
    assert final.usage.input_tokens > first.usage.input_tokens
    assert len(list(client.conversations.items.list(made.id))) == 5


@pytest.mark.parametrize("body", [{"conversation": "conv_nowhere"}, {"conversation": {"id": "conv_nowhere"}}])
def test_an_unknown_conversation_is_refused(client: openai.OpenAI, body):
    """404 with the parameter's name."""
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.create(model=MODEL, input="Hi.", **body)
    assert caught.value.param == "conversation"


def test_what_is_too_much_is_refused(client: openai.OpenAI):
    """More than 20 items; a conversation next to a previous response."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.conversations.create(items=SAID * 21)
    assert caught.value.param == "items"
    made = client.conversations.create()
    first = client.responses.create(model=MODEL, input="Hi.")
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=MODEL, input="Hi.", conversation=made.id, previous_response_id=first.id)
