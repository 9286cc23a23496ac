"""Mutants of what stands beside creating: counting, compacting, item references, log probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from starlette.responses import Response

from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.generate import Output
from conformance.reference.models import Models
from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.response_requests import Prepared, items_of
from conformance.reference.prompt import Json, Message
from conformance.reference.response_events import ResponseEvents
from conformance.reference.response_objects import ResponseObjects
from conformance.reference.response_operations import ResponseOperations
from conformance.reference.response_request import ResponseRequest
from conformance.reference.response_requests import ResponseRequests
from conformance.reference.sampler import Step
from conformance.reference.tokenizer import TOKENIZER


@mutant("input-tokens-bare", breaks={"responses.input-tokens"}, source="plausible")
class InputTokensBare(ResponseOperations):
    """A count comes without its object."""

    models: Models

    def count_input(self, body: Json, dialect: Dialect) -> Response:
        request = self.response_requests.response_request({"model": self.models.chat_models()[0], **body}, dialect)
        return self.http.json_response({"input_tokens": self.counted_input(request)})


@mutant("input-tokens-of-input", breaks={"responses.input-tokens.same"}, source="plausible")
class InputTokensOfInput(ResponseOperations):
    """Only the text of the user is counted."""

    def counted_input(self, request: ResponseRequest) -> int:
        return sum(len(TOKENIZER.encode(text)) for text in request.chat.conversation.said("user"))


@mutant("compact-messages-only", breaks={"responses.compact"}, source="plausible")
class CompactMessagesOnly(ResponseOperations):
    """What is compacted is dropped, but for what users said."""

    def compacted_items(self, messages: Sequence[Message]) -> list[Json]:
        return [item for item in super().compacted_items(messages) if item["type"] == "message"]


@mutant("compact-not-read", breaks={"responses.compact.continued"}, source="plausible")
class CompactNotRead(Prepared):
    """An item of type compaction is refused as input."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(items_of(body)):
            if item.get("type") == "compaction":
                refuse("Invalid value: 'compaction'.", f"input[{number}].type", "invalid_value")
        return body


@mutant(
    "item-reference-ignored",
    breaks={"responses.input.item-reference", "responses.input.item-reference-unknown"},
    source="plausible",
)
class ItemReferenceIgnored(ResponseRequests):
    """References to items are accepted and dropped."""

    def resolved(self, items: list[Json]) -> list[Json]:
        return [item for item in items if item["type"] != "item_reference"]


@mutant("item-reference-empty", breaks={"responses.input.item-reference-unknown"}, source="plausible")
class ItemReferenceEmpty(ResponseRequests):
    """A reference to an item that never was is nothing."""

    def referred(self, identifier: str) -> Json:
        try:
            return super().referred(identifier)
        except ApiError:
            return {"type": "message", "role": "user", "content": ""}


class _Entries(ResponseObjects):
    """Changes the log probabilities of a response."""

    def entry(self, entry: Json) -> Json:
        return entry

    def part_logprobs(self, steps: Sequence[Step], request: ResponseRequest) -> list[Json]:
        return [self.entry(entry) for entry in super().part_logprobs(steps, request)]


@mutant("response-logprobs-missing", breaks={"responses.logprobs"}, source="plausible")
class ResponseLogprobsMissing(ResponseObjects):
    """Log probabilities that were asked for are an empty list."""

    def part_logprobs(self, steps: Sequence[Step], request: ResponseRequest) -> list[Json]:
        return []


@mutant("response-logprobs-percent", breaks={"responses.logprobs.values"}, source="plausible")
class ResponseLogprobsPercent(_Entries):
    """Percentages instead of logarithms."""

    def entry(self, entry: Json) -> Json:
        return {**entry, "logprob": 100 * math.exp(entry["logprob"])}


@mutant("response-logprobs-pieces", breaks={"responses.logprobs.text"}, source="plausible")
class ResponseLogprobsPieces(_Entries):
    """Tokens are named as in the vocabulary, with its mark for a space."""

    def entry(self, entry: Json) -> Json:
        token = f"\u2581{entry['token'].strip()}"
        return {**entry, "token": token, "bytes": list(token.encode())}


@mutant("response-alternatives-missing", breaks={"responses.logprobs.top"}, source="plausible")
class ResponseAlternativesMissing(_Entries):
    """No alternatives, however many were asked for."""

    def entry(self, entry: Json) -> Json:
        return {**entry, "top_logprobs": []}


@mutant("response-delta-logprobs-missing", breaks={"responses.logprobs.stream"}, source="plausible")
class ResponseDeltaLogprobsMissing(ResponseEvents):
    """Deltas carry no log probabilities, the final object does."""

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        return super().response_frames(
            {**event, "logprobs": []} if "logprobs" in event and "delta" in event else event for event in events
        )


@mutant(
    "response-reasoning-uncounted",
    breaks={"responses.usage.reasoning"},
    defects=("d287",),
    source="vllm-project/vllm#43395",
)
class ResponseReasoningUncounted(ResponseObjects):
    """reasoning_tokens is 0 in responses that show their reasoning."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        return {**super().response_usage(request, output), "output_tokens_details": {"reasoning_tokens": 0}}


@mutant(
    "response-reasoning-refused",
    breaks={"responses.input.output-items"},
    defects=("d286",),
    source="vllm-project/vllm#28248",
)
class ResponseReasoningRefused(Prepared):
    """A reasoning item is refused as input."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(items_of(body)):
            if item.get("type") == "reasoning":
                refuse("Unexpected item type in messages: reasoning", f"input[{number}].type", "invalid_value")
        return body


@mutant(
    "response-stream-refused",
    breaks={"responses.stream.offered"},
    defects=("d255",),
    source="cloudflare/cloudflare-docs#32116",
)
class ResponseStreamRefused(Prepared):
    """Responses are not streamed."""

    def prepared(self, body: Json) -> Json:
        if body.get("stream") is True:
            refuse("Parameter 'stream' is not supported for this model.", "stream", "unsupported_parameter")
        return body
