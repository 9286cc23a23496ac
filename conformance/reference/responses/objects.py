"""Builds response objects, with their output items and the request parameters that they repeat."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.ids import Ids
from conformance.reference.language_model.generate import Output
from conformance.reference.language_model.sampler import Step
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.prompt_cache import PromptCache
from conformance.reference.responses.reasoning import echoed_reasoning
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import StoredResponses, conversation_id
from conformance.reference.responses.tools import echoed_tool

_NO_TOOLS_USED: Json = {
    "image_gen": {
        "input_tokens": 0, "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "output_tokens": 0, "output_tokens_details": {"image_tokens": 0, "text_tokens": 0}, "total_tokens": 0,
    },
    "web_search": {"num_requests": 0},
}  # fmt: skip


class ResponseObjects(Part):
    """Builds response objects and output items, for JSON responses and for stream events."""

    chat: Chat
    generations: Generations
    ids: Ids
    prompt_cache: PromptCache
    stored_responses: StoredResponses

    def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
        """Return the response object of a response that is in progress.

        The response object in progress already has all keys of the completed response object.
        """
        body = request.body
        return {
            "id": identifier, "object": "response", "created_at": created, "status": "in_progress",
            "background": request.get("background", False), "frequency_penalty": 0.0, "presence_penalty": 0.0,
            "completed_at": None, "error": None, "incomplete_details": None, "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"), "max_tool_calls": body.get("max_tool_calls"),
            "model": request.chat.model, "output": [], "parallel_tool_calls": request.get("parallel_tool_calls", True),
            "previous_response_id": body.get("previous_response_id"), "prompt_cache_key": body.get("prompt_cache_key"),
            "prompt_cache_retention": body.get("prompt_cache_retention"), "moderation": None,
            "reasoning": echoed_reasoning(request, thinks=self.generations.thinks(request.chat)),
            "safety_identifier": body.get("safety_identifier"),
            "service_tier": "default", "store": self.stored_responses.stored(request),
            "temperature": float(request.get("temperature", request.chat.dialect.temperature)),
            "text": self.echoed_text(body.get("text") or {}), "tool_choice": request.get("tool_choice", "auto"),
            "tools": [echoed_tool(tool, request.chat.dialect) for tool in request.get("tools", [])], "tool_usage": _NO_TOOLS_USED,
            "top_logprobs": request.get("top_logprobs", 0), "top_p": float(request.get("top_p", 1.0)),
            "truncation": request.get("truncation", "disabled"), "usage": None, "user": body.get("user"),
            "metadata": request.get("metadata", {}),
            **({"conversation": {"id": conversation_id(body)}} if body.get("conversation") else {}),
        }  # fmt: skip

    def echoed_text(self, text: Json) -> Json:
        """Return the field `text` of a response: the request's values, and the defaults of absent ones."""
        return {"format": text.get("format") or {"type": "text"}, "verbosity": text.get("verbosity") or "medium"}

    def finished(self, request: ResponseRequest, response: Json, items: Sequence[Json], output: Output) -> Json:
        """Return the response object after its generation: with status, output items and usage."""
        cut = output.finish_reason == "length"
        return {
            **response,
            "status": "incomplete" if cut else "completed",
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
            "completed_at": None if cut else self.ids.now(),
            "output": list(items),
            "usage": self.response_usage(request, output),
        }

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        """Return the five token counts of a response."""
        cached = self.prompt_cache.cached_tokens(request.chat.conversation, request.chat.prompt_tokens)
        return {
            "input_tokens": request.chat.prompt_tokens,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens": output.tokens,
            "output_tokens_details": {"reasoning_tokens": output.reasoning_tokens},
            "total_tokens": request.chat.prompt_tokens + output.tokens,
        }

    def text_part(self, text: str, steps: Sequence[Step], request: ResponseRequest) -> Json:
        """An output_text part."""
        return {"type": "output_text", "annotations": [], "logprobs": self.part_logprobs(steps, request), "text": text}

    def part_logprobs(self, steps: Sequence[Step], request: ResponseRequest) -> list[Json]:
        """Return the log probabilities of an `output_text` part, or an empty list if they are not requested."""
        return [self.chat.token_logprob(step) for step in steps] if request.chat.body["logprobs"] else []

    def message_item(self, identifier: str, status: str, content: list[Json]) -> Json:
        """Return an output item of type `message`."""
        return {"id": identifier, "type": "message", "status": status, "role": "assistant", "content": content}

    def call_item(self, identifier: str, status: str, call_id: str, name: str, arguments: str) -> Json:
        """Return an output item of type `function_call`."""
        return {
            "id": identifier, "type": "function_call", "status": status, "call_id": call_id, "name": name, "arguments": arguments,
        }  # fmt: skip

    def custom_call_item(self, identifier: str, status: str, call_id: str, name: str, text: str) -> Json:
        """Return an output item of type `custom_tool_call`."""
        return {
            "id": identifier, "type": "custom_tool_call", "status": status, "call_id": call_id, "name": name, "input": text,
        }  # fmt: skip

    def reasoning_item(self, identifier: str, text: str) -> Json:
        """Return an output item of type `reasoning`."""
        return {
            "id": identifier,
            "type": "reasoning",
            "summary": [],
            "content": [{"type": "reasoning_text", "text": text}],
        }
