"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.logprobs`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from conformance.reference.chat.completion import Chat
from conformance.reference.language_model.sampler import Step
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest


@mutant("top-logprobs-ignored", breaks={"chat.top-logprobs.count", "responses.logprobs.top"}, source="plausible")
class TopLogprobsIgnored(Chat):
    """The `top_logprobs` of every token is an empty list."""

    def token_logprob(self, step: Step) -> Json:
        return {**super().token_logprob(step), "top_logprobs": []}


class _Entries(ResponseObjects):
    """Base of mutants that change the log probabilities of a response."""

    def entry(self, entry: Json) -> Json:
        return entry

    def part_logprobs(self, steps: Sequence[Step], request: ResponseRequest) -> list[Json]:
        return [self.entry(entry) for entry in super().part_logprobs(steps, request)]


@mutant("response-logprobs-missing", breaks={"responses.logprobs"}, source="plausible")
class ResponseLogprobsMissing(ResponseObjects):
    """The `logprobs` of a response are an empty list although `include` in the request asks for log probabilities."""

    def part_logprobs(self, steps: Sequence[Step], request: ResponseRequest) -> list[Json]:
        return []


@mutant("response-logprobs-percent", breaks={"responses.logprobs.values"}, source="plausible")
class ResponseLogprobsPercent(_Entries):
    """The log probabilities of a response are percentages instead of logarithms."""

    def entry(self, entry: Json) -> Json:
        return {**entry, "logprob": 100 * math.exp(entry["logprob"])}


@mutant("response-logprobs-pieces", breaks={"responses.logprobs.text"}, source="plausible")
class ResponseLogprobsPieces(_Entries):
    """In the log probabilities of a response, each token begins with SentencePiece's mark `▁` instead of a space."""

    def entry(self, entry: Json) -> Json:
        token = f"\u2581{entry['token'].strip()}"
        return {**entry, "token": token, "bytes": list(token.encode())}


@mutant("response-alternatives-missing", breaks={"responses.logprobs.top"}, source="plausible")
class ResponseAlternativesMissing(_Entries):
    """The tokens of a response have no alternatives, whatever `top_logprobs` is."""

    def entry(self, entry: Json) -> Json:
        return {**entry, "top_logprobs": []}


@mutant("response-delta-logprobs-missing", breaks={"responses.logprobs.stream"}, source="plausible")
class ResponseDeltaLogprobsMissing(ResponseEvents):
    """In a stream, the final response object has log probabilities, but the deltas have none."""

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        return super().response_frames(
            {**event, "logprobs": []} if "logprobs" in event and "delta" in event else event for event in events
        )
