"""Chat completions created with `store: true`: clients can retrieve, list, update and delete them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from conformance.reference.chat.request import ChatRequest
from conformance.reference.errors import ApiError
from conformance.reference.fields import check_metadata, require
from conformance.reference.http import Http
from conformance.reference.lists import page
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.routes import serves
from conformance.reference.settings import Settings
from conformance.reference.store import Store

ONE = "/v1/chat/completions/{identifier}"


@dataclass(slots=True)
class StoredChat:
    """A stored completion with its metadata, and the messages of its request in the form that list responses use."""

    body: Json
    messages: list[Json]


class StoredChats(Part):
    """Implements the operations on stored chat completions."""

    http: Http

    def __init__(self, settings: Settings, store: Store) -> None:
        """Start without stored completions."""
        super().__init__(settings, store)
        self.kept: dict[str, StoredChat] = {}

    # keeping

    def keeps_chat(self, request: ChatRequest) -> bool:
        """Return whether the request sets `store: true`. As in OpenAI's API, completions are not stored by default."""
        return "store" in request.dialect.fields and bool(request.get("store", False))

    def answered(self, request: ChatRequest, completion: Json) -> None:
        """Store the completion if the request asks for it."""
        if self.keeps_chat(request):
            self.keep_chat(request, completion)

    def sent_chunks(self, request: ChatRequest, chunks: Iterator[Json]) -> Iterator[Json]:
        """Yield the chunks, then store the completion if the request asks for it."""
        sent = []
        for chunk in chunks:
            sent.append(chunk)
            yield chunk
        if self.keeps_chat(request):
            self.keep_chat(request, self.put_together(sent))

    def put_together(self, chunks: list[Json]) -> Json:
        """Assemble the completion from the chunks of a stream."""
        choices: dict[int, Json] = {}
        for part in (choice for chunk in chunks for choice in chunk.get("choices") or ()):
            message = {"role": "assistant", "content": None, "refusal": None}
            index = part.get("index", 0)
            new = {"index": index, "message": message, "logprobs": None, "finish_reason": None}
            _add(choices.setdefault(index, new), part)
        shared = next((chunk for chunk in chunks if chunk.get("id")), chunks[0])
        usage = next((chunk["usage"] for chunk in chunks if chunk.get("usage")), None)
        kept = {key: value for key, value in shared.items() if key not in {"choices", "usage", "obfuscation"}}
        whole = {**kept, "object": "chat.completion", "choices": [choices[index] for index in sorted(choices)]}
        return {**whole, "usage": usage} if usage else whole

    def keep_chat(self, request: ChatRequest, completion: Json) -> None:
        """Store a completion under its id, with its metadata and messages; a completion without id is not stored."""
        if not completion.get("id"):
            return
        body = {**completion, "metadata": request.get("metadata", {})}
        messages = [
            self.kept_message(f"{completion['id']}-{number}", message)
            for number, message in enumerate(request.body["messages"])
        ]
        self.kept[completion["id"]] = StoredChat(body, messages)

    def kept_message(self, identifier: str, message: Json) -> Json:
        """Return a message in the form that list responses use.

        In a listed message, text is in `content`, and an array of content parts is in `content_parts`.
        """
        content = message.get("content")
        parts = content if isinstance(content, list) else None
        return {"id": identifier, **message, "content": None if parts else content, "content_parts": parts}

    # using

    def stored_chat(self, identifier: str) -> StoredChat:
        """Return a stored completion, or reject an unknown id."""
        stored = self.kept.get(identifier)
        if stored is None:
            raise ApiError(404, f"Chat completion with id '{identifier}' not found.", "completion_id")
        return stored

    @serves("GET", "/v1/chat/completions")
    def list_chats(self, query: Mapping[str, str]) -> Response:
        """Answer GET /chat/completions with stored completions, oldest first by default.

        Query parameters can limit the list of stored completions to a model or to certain metadata.
        """
        found = [each.body for each in self.kept.values() if self.is_asked_for(each.body, query)]
        return self.http.json_response(self.chat_page(found, query))

    def is_asked_for(self, body: Json, query: Mapping[str, str]) -> bool:
        """Return whether a stored completion has the model and metadata that the query of a list request demands."""
        return query.get("model", body["model"]) == body["model"] and all(
            body["metadata"].get(key) == value for key, value in self.wanted_metadata(query)
        )

    def wanted_metadata(self, query: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Return the key-value pairs in query parameters of the form `metadata[key]=value`."""
        return [
            (name.removeprefix("metadata[")[:-1], value)
            for name, value in query.items()
            if name.startswith("metadata[") and name.endswith("]")
        ]

    def chat_page(self, items: list[Json], query: Mapping[str, str]) -> Json:
        """Return one page of a list of completions or messages, oldest first by default."""
        return page(items, {"order": "asc", **query})

    @serves("GET", ONE)
    def retrieve_chat(self, identifier: str) -> Response:
        """Return the stored chat completion with its metadata."""
        return self.http.json_response(self.stored_chat(identifier).body)

    @serves("POST", ONE)
    def update_chat(self, identifier: str, body: Json) -> Response:
        """Replace the metadata of a stored completion; no other field can be changed."""
        stored = self.stored_chat(identifier)
        metadata = require(body, "metadata", "metadata", "object", "null")
        check_metadata(metadata)
        stored.body = {**stored.body, "metadata": metadata or {}}
        return self.http.json_response(stored.body)

    @serves("DELETE", ONE)
    def delete_chat(self, identifier: str) -> Response:
        """Delete the stored completion and its messages."""
        self.stored_chat(identifier)
        del self.kept[identifier]
        return self.http.json_response({"object": "chat.completion.deleted", "id": identifier, "deleted": True})

    @serves("GET", f"{ONE}/messages")
    def list_chat_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        """List the messages of the request that created the completion.

        By default, the messages have the order that they have in the request.
        """
        return self.http.json_response(self.chat_page(self.stored_chat(identifier).messages, query))


def _add(choice: Json, part: Json) -> None:
    """Add what a chunk brings to a choice."""
    message: dict[str, Any] = choice["message"]
    delta = part.get("delta") or {}
    for field in ("content", "refusal", "reasoning_content"):
        if isinstance(delta.get(field), str):
            message[field] = (message.get(field) or "") + delta[field]
    for call in delta.get("tool_calls") or ():
        _add_call(message.setdefault("tool_calls", []), call)
    if isinstance(part.get("logprobs"), dict):
        held = choice["logprobs"] or {"content": [], "refusal": None}
        choice["logprobs"] = {**held, "content": held["content"] + (part["logprobs"].get("content") or [])}
    choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]


def _add_call(calls: list[Json], call: Json) -> None:
    """Begin a tool call, or add to the arguments of the last."""
    if call.get("id") or not calls:
        calls.append({key: value for key, value in call.items() if key != "index"})
    else:
        function = calls[-1]["function"]
        calls[-1]["function"] = {**function, "arguments": function["arguments"] + call["function"].get("arguments", "")}
