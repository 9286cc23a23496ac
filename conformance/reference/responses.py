"""Responses: create, retrieve, delete, list input items; the object itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.generate import Generation, Output
from conformance.reference.prompt import Json, Message
from conformance.reference.reasoning import echoed_reasoning
from conformance.reference.response_items import item_messages
from conformance.reference.response_request import ResponseRequest, ResponseRequests
from conformance.reference.response_tools import echoed_tool
from conformance.reference.routes import serves
from conformance.reference.sampler import Step
from conformance.reference.store import StoredResponse

_NO_TOOLS_USED: Json = {
    "image_gen": {
        "input_tokens": 0, "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "output_tokens": 0, "output_tokens_details": {"image_tokens": 0, "text_tokens": 0}, "total_tokens": 0,
    },
    "web_search": {"num_requests": 0},
}  # fmt: skip


class Responses(ResponseRequests):
    """The operations that do not stream, and the objects that streams share with them."""

    def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
        """A response in progress: every key that the completed one has."""
        body = request.body
        return {
            "id": identifier, "object": "response", "created_at": created, "status": "in_progress",
            "background": request.get("background", False), "frequency_penalty": 0.0, "presence_penalty": 0.0,
            "completed_at": None, "error": None, "incomplete_details": None, "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"), "max_tool_calls": body.get("max_tool_calls"),
            "model": request.chat.model, "output": [], "parallel_tool_calls": request.get("parallel_tool_calls", True),
            "previous_response_id": body.get("previous_response_id"), "prompt_cache_key": body.get("prompt_cache_key"),
            "prompt_cache_retention": body.get("prompt_cache_retention"), "moderation": None,
            "reasoning": echoed_reasoning(request, thinks=self.thinks(request.chat)),
            "safety_identifier": body.get("safety_identifier"),
            "service_tier": "default", "store": self.stored(request),
            "temperature": float(request.get("temperature", request.chat.dialect.temperature)),
            "text": self.echoed_text(body.get("text") or {}), "tool_choice": request.get("tool_choice", "auto"),
            "tools": [echoed_tool(tool, request.chat.dialect) for tool in request.get("tools", [])], "tool_usage": _NO_TOOLS_USED,
            "top_logprobs": request.get("top_logprobs", 0), "top_p": float(request.get("top_p", 1.0)),
            "truncation": request.get("truncation", "disabled"), "usage": None, "user": body.get("user"),
            "metadata": request.get("metadata", {}),
            **({"conversation": {"id": self._conversation_id(body)}} if body.get("conversation") else {}),
        }  # fmt: skip

    def echoed_text(self, text: Json) -> Json:
        """The `text` of a response, with its defaults."""
        return {"format": text.get("format") or {"type": "text"}, "verbosity": text.get("verbosity") or "medium"}

    def stored(self, request: ResponseRequest) -> bool:
        """Whether the response can be retrieved and continued; OpenAI's default is yes."""
        return bool(request.get("store", True)) and not request.chat.dialect.detail

    def finished(self, request: ResponseRequest, response: Json, items: Sequence[Json], output: Output) -> Json:
        """The response at its end."""
        cut = output.finish_reason == "length"
        return {
            **response,
            "status": "incomplete" if cut else "completed",
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
            "completed_at": None if cut else self.now(),
            "output": list(items),
            "usage": self.response_usage(request, output),
        }

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        """All five counts."""
        return {
            "input_tokens": request.chat.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output.tokens,
            "output_tokens_details": {"reasoning_tokens": output.reasoning_tokens},
            "total_tokens": request.chat.prompt_tokens + output.tokens,
        }

    def text_part(self, text: str, steps: Sequence[Step], request: ResponseRequest) -> Json:
        """An output_text part."""
        return {"type": "output_text", "annotations": [], "logprobs": self.part_logprobs(steps, request), "text": text}

    def part_logprobs(self, steps: Sequence[Step], request: ResponseRequest) -> list[Json]:
        """Log probabilities, if they were included."""
        return [self.token_logprob(step) for step in steps] if request.chat.body["logprobs"] else []

    def message_item(self, identifier: str, status: str, content: list[Json]) -> Json:
        """A message of the output."""
        return {"id": identifier, "type": "message", "status": status, "role": "assistant", "content": content}

    def call_item(self, identifier: str, status: str, call_id: str, name: str, arguments: str) -> Json:
        """A function call of the output."""
        return {
            "id": identifier, "type": "function_call", "status": status, "call_id": call_id, "name": name, "arguments": arguments,
        }  # fmt: skip

    def reasoning_item(self, identifier: str, text: str) -> Json:
        """A reasoning item of the output."""
        return {
            "id": identifier,
            "type": "reasoning",
            "summary": [],
            "content": [{"type": "reasoning_text", "text": text}],
        }

    def start_response(self, body: Json, dialect: Dialect) -> tuple[ResponseRequest, Generation, Json]:
        """Read a request and set everything up."""
        request = self.response_request(body, dialect)
        generation = self.generation(request.chat, self.sampling(request.chat), 0)
        return request, generation, self.response_object(request, self.new_id("resp_"), self.now())

    def keep(self, request: ResponseRequest, response: Json) -> None:
        """Store a finished response and its thread."""
        if self.stored(request):
            items = self.listed_input(request)
            messages = (*request.earlier, *item_messages(request.items), *self.output_messages(response["output"]))
            self.store.responses[response["id"]] = StoredResponse(response, items, messages)

    def listed_input(self, request: ResponseRequest) -> list[Json]:
        """The input as it is listed, with ids."""
        return [{"id": self.new_id("msg_"), **listed_item(item)} for item in request.items]

    def output_messages(self, output: Sequence[Json]) -> tuple[Message, ...]:
        """The output as messages of the thread."""
        return item_messages([item for item in output if item["type"] != "reasoning"])

    def retrieve_response(self, identifier: str) -> Response:
        """GET /responses/{id}."""
        return self.json_response(self._found(identifier).body)

    @serves("DELETE", "/v1/responses/{identifier}")
    def delete_response(self, identifier: str) -> Response:
        """DELETE /responses/{id}."""
        self._found(identifier)
        del self.store.responses[identifier]
        return self.json_response({"id": identifier, "object": "response.deleted", "deleted": True})

    @serves("POST", "/v1/responses/{identifier}/cancel")
    def cancel_response(self, identifier: str) -> Response:
        """POST /responses/{id}/cancel: what did not begin in the background cannot be cancelled."""
        self._found(identifier)
        refuse("Cannot cancel a synchronous response: only responses created with background=true can be cancelled.")

    @serves("GET", "/v1/responses/{identifier}/input_items")
    def input_items(self, identifier: str, query: Any) -> Response:
        """GET /responses/{id}/input_items: newest first unless asked otherwise."""
        return self.json_response(page(self._found(identifier).input_items, query))

    def _found(self, identifier: str) -> StoredResponse:
        stored = self.store.responses.get(identifier)
        if stored is None:
            raise ApiError(404, f"Response with id '{identifier}' not found.", "id")
        return stored

    def _conversation_id(self, body: Json) -> str:
        conversation = body["conversation"]
        return str(conversation["id"] if isinstance(conversation, dict) else conversation)


def page(items: Sequence[Json], query: Any) -> Json:
    """One page of a list: `limit` 1 to 100 (20), `order` asc or desc (desc), `after` an id."""
    limit, order = query.get("limit", "20"), query.get("order", "desc")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        refuse(f"Invalid 'limit': expected an integer from 1 to 100, but got '{limit}'.", "limit", "invalid_value")
    if order not in {"asc", "desc"}:
        refuse(f"Invalid value: '{order}'. Supported values are: 'asc', 'desc'.", "order", "invalid_value")
    listed = list(items) if order == "asc" else list(reversed(items))
    if after := query.get("after"):
        ids = [item["id"] for item in listed]
        if after not in ids:
            refuse(f"Item with id '{after}' not found.", "after")
        listed = listed[ids.index(after) + 1 :]
    shown = listed[: int(limit)]
    return {
        "object": "list", "data": shown, "has_more": len(listed) > len(shown),
        "first_id": shown[0]["id"] if shown else None, "last_id": shown[-1]["id"] if shown else None,
    }  # fmt: skip


def listed_item(item: Json) -> Json:
    """An input item as lists show it."""
    if item["type"] == "message" and isinstance(item["content"], str):
        kind = "output_text" if item["role"] == "assistant" else "input_text"
        item = {**item, "content": [{"type": kind, "text": item["content"]}]}
    return {"status": "completed", **item} if item["type"] == "message" else item
