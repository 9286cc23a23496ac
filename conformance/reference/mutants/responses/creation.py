"""Mutants with faults in creating responses, counting input tokens, compacting, or listing input items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.language_model.generate import Output
from conformance.reference.language_model.sampler import Step
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.lists import page
from conformance.reference.models import Models
from conformance.reference.mutants.chat.context import NoWindow
from conformance.reference.mutants.pages import NOTHING, largest, unlimited, without_first, without_more
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.mutants.responses.input import Prepared, items_of
from conformance.reference.mutants.responses.object import Finished, Object
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.operations import ResponseOperations
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests
from conformance.reference.responses.stored import StoredResponses


@mutant(
    "response-id-constant",
    breaks={"responses.id-unique"},
    source="plausible",
)
class ResponseIdConstant(Object):
    """Every response has the same `id`."""

    def changed(self, response: Json) -> Json:
        return {**response, "id": "resp_0123456789"}


@mutant(
    "response-cut-completed",
    breaks={"responses.incomplete.status", "responses.tools.cut-status"},
    defects=("n020",),
    source="ggml-org/llama.cpp: always completed; vllm-project/agentic-api#273",
)
class ResponseCutCompleted(Finished):
    """A response that `max_output_tokens` truncates has status `completed` instead of `incomplete`."""

    def changed(self, response: Json) -> Json:
        return {**response, "status": "completed", "incomplete_details": None}


@mutant(
    "response-output-empty",
    breaks={"responses.answer"},
    defects=("d309",),
    source="raullenchai/Rapid-MLX#549",
)
class ResponseOutputEmpty(Finished):
    """A completed response has an empty `output`."""

    def changed(self, response: Json) -> Json:
        return {**response, "output": []}


@mutant(
    "response-message-without-role",
    breaks={"responses.items"},
    source="plausible",
)
class ResponseMessageWithoutRole(ResponseObjects):
    """The output messages of a response have no `status`."""

    def message_item(self, identifier: str, status: str, content: list[Json]) -> Json:
        item = super().message_item(identifier, status, content)
        return {key: value for key, value in item.items() if key != "status"}


@mutant(
    "response-call-id-empty",
    breaks={"responses.items.ids"},
    source="plausible",
)
class ResponseCallIdEmpty(ResponseObjects):
    """Function calls in the output of a response have an empty `call_id`."""

    def call_item(self, identifier: str, status: str, call_id: str, name: str, arguments: str) -> Json:
        return super().call_item(identifier, status, "", name, arguments)


@mutant(
    "response-text-without-logprobs",
    breaks={"responses.text.logprobs"},
    source="vllm-project/vllm: logprobs null",
)
class ResponseTextWithoutLogprobs(ResponseObjects):
    """The `output_text` parts of a response have `logprobs: null` instead of an array."""

    def text_part(self, text: str, steps: Sequence[Step], request: ResponseRequest) -> Json:
        part = super().text_part(text, steps, request)
        return {key: value for key, value in part.items() if key != "logprobs"} | {"logprobs": None}


@mutant("input-tokens-bare", breaks={"responses.input-tokens"}, source="plausible")
class InputTokensBare(ResponseOperations):
    """The response of POST /responses/input_tokens has no `object`."""

    models: Models

    def count_input(self, body: Json, dialect: Dialect) -> Response:
        request = self.response_requests.response_request({"model": self.models.chat_models()[0], **body}, dialect)
        return self.http.json_response({"input_tokens": self.counted_input(request)})


@mutant("input-tokens-of-input", breaks={"responses.input-tokens.same"}, source="plausible")
class InputTokensOfInput(ResponseOperations):
    """The result of POST /responses/input_tokens counts only the text of user messages."""

    def counted_input(self, request: ResponseRequest) -> int:
        return sum(len(TOKENIZER.encode(text)) for text in request.chat.conversation.said("user"))


@mutant("compact-messages-only", breaks={"responses.compact"}, source="plausible")
class CompactMessagesOnly(ResponseOperations):
    """Compacting an input keeps its user messages, but returns no compaction item for the rest."""

    def compacted_items(self, messages: Sequence[Message]) -> list[Json]:
        return [item for item in super().compacted_items(messages) if item["type"] == "message"]


@mutant("compact-not-read", breaks={"responses.compact.continued"}, source="plausible")
class CompactNotRead(Prepared):
    """An input item of type `compaction` is rejected."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(items_of(body)):
            if item.get("type") == "compaction":
                refuse("Invalid value: 'compaction'.", f"input[{number}].type", "invalid_value")
        return body


@mutant("response-instructions-ignored", breaks={"responses.instructions"}, source="plausible")
class ResponseInstructionsIgnored(ResponseRequests):
    """The response repeats `instructions`, but the model does not see them."""

    def instructed(self, body: Json, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        return messages


@mutant("response-limit-ignored", breaks={"responses.max-output-tokens"}, source="plausible")  # fmt: skip
class ResponseLimitIgnored(Prepared):
    """`max_output_tokens` does not limit the length of a response."""

    def prepared(self, body: Json) -> Json:
        if body.get("max_output_tokens") == 16:
            body["max_output_tokens"] = 160
        return body


def _plain(body: Json) -> bool:
    return body.get("truncation") is None and isinstance(body.get("input"), list)


@mutant("response-overflow-cut", breaks={"responses.truncation.disabled"}, source="ollama/ollama#17889")
class ResponseOverflowCut(ResponseRequests):
    """An input that exceeds the context window is truncated although the request does not set `truncation: auto`."""

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        asked = super().response_request({**body, "truncation": "auto"}, dialect) if _plain(body) else None
        return asked or super().response_request(body, dialect)


@mutant("response-overflow-unnamed-cut", breaks={"responses.truncation.disabled-unnamed"}, source="ollama/ollama#17889")
class ResponseOverflowUnnamedCut(ResponseRequests):
    """An input that exceeds the context window is truncated, and `/models` names no context window."""

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        try:
            return super().response_request(body, dialect)
        except ApiError as error:
            if error.code != "context_length_exceeded" or not isinstance(body.get("input"), str):
                raise
            return super().response_request({**body, "input": body["input"][-8_000:]}, dialect)


beside("response-overflow-unnamed-cut")(NoWindow)


@mutant("response-truncation-ignored", breaks={"responses.truncation.auto"}, source="plausible")
class ResponseTruncationIgnored(ResponseRequests):
    """An input that exceeds the context window is rejected although the request sets `truncation: auto`."""

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        super().response_request(
            {**body, "truncation": "disabled"} if body.get("truncation") == "auto" else body, dialect
        )
        return super().response_request(body, dialect)


@mutant("response-page-empty", breaks={"responses.input-items.page-size"}, source="plausible")
class ResponsePageEmpty(StoredResponses):
    """Listing the input items of a response with `limit=0` returns an empty page instead of an error."""

    def input_items(self, identifier: str, query: Any) -> Response:
        return self.http.json_response(NOTHING) if unlimited(query) else super().input_items(identifier, query)


@mutant("response-page-small", breaks={"responses.input-items.page-size"}, source="plausible")
class ResponsePageSmall(StoredResponses):
    """Listing the input items of a response with `limit=100` is rejected."""

    def input_items(self, identifier: str, query: Any) -> Response:
        largest(query)
        return super().input_items(identifier, query)


@mutant("response-input-items-empty", breaks={"responses.input-items"}, defects=("d288",), source="sgl-project/sglang#10387")  # fmt: skip
class ResponseInputItemsEmpty(StoredResponses):
    """The list of a response's input items is always empty."""

    def input_items(self, identifier: str, query: Any) -> Response:
        super().input_items(identifier, query)
        return self.http.json_response(page([], {}))


@mutant("response-input-items-oldest", breaks={"responses.input-items.order"}, source="plausible")
class ResponseInputItemsOldest(StoredResponses):
    """The input items of a response are listed oldest first by default."""

    def input_items(self, identifier: str, query: Any) -> Response:
        return super().input_items(identifier, {"order": "asc", **dict(query)})


@mutant(
    "response-input-items-no-more", breaks={"responses.input-items.paging"}, defects=("d333",), source="ogx-ai/ogx#5611"
)
class ResponseInputItemsNoMore(StoredResponses):
    """The `has_more` of every page of a response's input items is false."""

    def input_items(self, identifier: str, query: Any) -> Response:
        return without_more(super().input_items(identifier, query))


@mutant(
    "response-input-items-no-first",
    breaks={"responses.input-items.cursors"},
    defects=("d333",),
    source="ogx-ai/ogx#5611",
)
class ResponseInputItemsNoFirst(StoredResponses):
    """A page of a response's input items has no `first_id`."""

    def input_items(self, identifier: str, query: Any) -> Response:
        return without_first(super().input_items(identifier, query))


@mutant(
    "response-incomplete-reason",
    breaks={"responses.incomplete.reason"},
    defects=("d097",),
    source="earendil-works/pi#7817",
)
class ResponseIncompleteReason(ResponseObjects):
    """`incomplete_details.reason` is `length`."""

    def finished(self, request: ResponseRequest, response: Json, items: Any, output: Output) -> Json:
        done = super().finished(request, response, items, output)
        return {**done, "incomplete_details": {"reason": "length"}} if done["incomplete_details"] else done


@mutant(
    "response-incomplete-reason-own",
    breaks={"responses.incomplete.reason"},
    source="plausible: the engine's own word for its limit",
)
class ResponseIncompleteReasonOwn(ResponseObjects):
    """A truncated response has an `incomplete_details.reason` that OpenAI does not define."""

    def finished(self, request: ResponseRequest, response: Json, items: Any, output: Output) -> Json:
        done = super().finished(request, response, items, output)
        return {**done, "incomplete_details": {"reason": "generation_budget"}} if done["incomplete_details"] else done
