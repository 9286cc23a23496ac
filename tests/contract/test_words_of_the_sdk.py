"""Closed lists of words in the checks hold all that the official client's types list, which are newer than the document."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from openai.types import CompletionChoice
from openai.types.chat import ChatCompletion, ChatCompletionChunk, chat_completion, chat_completion_chunk
from openai.types.responses import Response, ResponseFunctionToolCall, ResponseOutputMessage, ResponseReasoningItem
from openai.types.responses.response import IncompleteDetails
from pydantic import BaseModel

from conformance.checks.invariants.chat_response import FINISH_REASONS, SERVICE_TIERS
from conformance.checks.invariants.responses_object import REASONS, STATUSES
from conformance.contract import load_document

SCHEMAS = load_document("openai").data["components"]["schemas"]


def words(kind: Any) -> set[str]:
    """All words that a type lists."""
    if get_origin(kind) is Literal:
        return set(get_args(kind))
    if get_origin(kind) is Annotated:
        return words(get_args(kind)[0])
    inner = get_args(kind) if get_origin(kind) is not None else ()
    return set().union(*map(words, inner)) if inner else set()


def listed(model: type[BaseModel], field: str) -> set[str]:
    return words(model.model_fields[field].annotation)


def known(schema: str, field: str) -> set[str]:
    return set(SCHEMAS[schema]["properties"][field]["enum"])


@pytest.mark.parametrize(
    ("model", "field", "ours"),
    [
        (chat_completion.Choice, "finish_reason", FINISH_REASONS),
        (chat_completion_chunk.Choice, "finish_reason", FINISH_REASONS),
        (CompletionChoice, "finish_reason", {"stop", "length", "content_filter"}),
        (ChatCompletion, "service_tier", SERVICE_TIERS),
        (ChatCompletionChunk, "service_tier", SERVICE_TIERS),
        (Response, "service_tier", SERVICE_TIERS),
        (Response, "status", STATUSES),
        (IncompleteDetails, "reason", REASONS),
        (ResponseOutputMessage, "status", known("OutputMessage", "status")),
        (ResponseFunctionToolCall, "status", known("FunctionToolCall", "status")),
        (ResponseReasoningItem, "status", known("ReasoningItem", "status")),
        (Response, "truncation", {"auto", "disabled"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else value if isinstance(value, str) else "",
)
def test_every_word_of_the_client_is_known(model: type[BaseModel], field: str, ours: Any) -> None:
    """A word that OpenAI has got since is no fault of a server."""
    found = listed(model, field)
    assert found, "the field lists no words any more: look where they went"
    assert found <= set(ours)


def test_unions_are_looked_into() -> None:
    assert words(Union[Annotated[Literal["a"], 1], None, list[Literal["b"]]]) == {"a", "b"}  # noqa: UP007 - as the SDK writes
