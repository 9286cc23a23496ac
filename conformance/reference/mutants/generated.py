"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `generated`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.completions import Completions, TextRequest
from conformance.reference.dialect import Dialect
from conformance.reference.embeddings import Embeddings
from conformance.reference.errors import ApiError, refuse
from conformance.reference.language_model.sampler import Step
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests

_ONE = "`temperature` and `top_p` cannot both be specified for this model. Please use only one."


_ANTHROPIC = "Anthropic's API behind a gateway: `temperature` and `top_p` cannot both be specified"


def one_sampler(body: Json) -> None:
    """Reject a request body that has both `temperature` and `top_p`."""
    if body.get("temperature") is not None and body.get("top_p") is not None:
        refuse(_ONE)


def clamped(value: Any, low: float, high: float) -> Any:
    """Return a number clamped to the range from `low` to `high`. Return a value that is not a number unchanged."""
    return min(max(value, low), high) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


@mutant("response-one-sampler", breaks={"generated.responses.valid"}, source=_ANTHROPIC)
class ResponseOneSampler(ResponseRequests):
    """A Responses request with both `temperature` and `top_p` is rejected."""

    def prepare_response_body(self, body: Json) -> Json:
        one_sampler(body)
        return super().prepare_response_body(body)


@mutant("completion-one-sampler", breaks={"generated.completions.valid"}, source=_ANTHROPIC)
class CompletionOneSampler(Completions):
    """A text completion request with both `temperature` and `top_p` is rejected."""

    def text_request(self, body: Json) -> TextRequest:
        one_sampler(body)
        return super().text_request(body)


@mutant("response-top-p-clamped", breaks={"generated.responses.invalid"}, source="plausible: clamped without a word")
class ResponseTopPClamped(ResponseRequests):
    """A `top_p` out of range in a Responses request is clamped instead of rejected."""

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        return {**body, "top_p": clamped(body["top_p"], 0, 1)} if "top_p" in body else body


@mutant(
    "completion-sampling-clamped", breaks={"generated.completions.invalid"}, source="plausible: clamped without a word"
)
class CompletionSamplingClamped(Completions):
    """In a text completion request, a `temperature` or `top_p` out of range is clamped instead of rejected."""

    def text_request(self, body: Json) -> TextRequest:
        bounds = {"temperature": (0, 2), "top_p": (0, 1)}
        kept = {name: clamped(value, *bounds[name]) if name in bounds else value for name, value in body.items()}
        return super().text_request(kept)


@mutant("embedding-ascii-only", breaks={"generated.embeddings.valid"}, source="plausible: a tokenizer of English words")
class EmbeddingAsciiOnly(Embeddings):
    """A request for embeddings of text that has non-ASCII characters is rejected."""

    def embeddings(self, body: Json) -> Response:
        given = body.get("input")
        texts = given if isinstance(given, list) else [given]
        if any(isinstance(text, str) and not text.isascii() for text in texts):
            refuse("'input' has characters that cannot be encoded.", "input")
        return super().embeddings(body)


@mutant(
    "embedding-input-stringified", breaks={"generated.embeddings.invalid"}, source="plausible: str() of whatever came"
)
class EmbeddingInputStringified(Embeddings):
    """If the input of an embeddings request is a number or boolean, it is converted to text instead of rejected."""

    def embeddings(self, body: Json) -> Response:
        given = body.get("input")
        return super().embeddings({**body, "input": str(given)} if isinstance(given, (bool, int, float)) else body)


@mutant("type-error-leaks", breaks={"generated.invalid.points"}, source="vLLM 0.32, `messages: true`")
class TypeErrorLeaks(Refusals):
    """The error for a wrong type in `messages` has the text of a Python exception as its message."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        if error.code == "invalid_type" and (error.param or "").startswith("messages"):
            error = ApiError(400, "'bool' object is not iterable", None, None, error.type)
        return super().error_body(error, dialect)


@mutant("seed-loses-choices", breaks={"generated.pairs"}, source="plausible: one seeded generator for all choices")
class SeedLosesChoices(Generations):
    """A request with `seed` and `n: 2` gets one choice."""

    def choice_count(self, request: ChatRequest) -> int:
        return 1 if request.get("seed", None) is not None else super().choice_count(request)


@mutant(
    "response-format-loses-logprobs",
    breaks={"generated.response-pairs"},
    source="plausible: constrained decoding has its own sampler, which reports no log probabilities",
)
class ResponseFormatLosesLogprobs(ResponseObjects):
    """A response with `text.format` of type `json_schema` or `json_object` has no log probabilities."""

    def part_logprobs(self, steps: Sequence[Step], request: ResponseRequest) -> list[Json]:
        constrained = (request.get("text", {}).get("format") or {}).get("type", "text") != "text"
        return [] if constrained else super().part_logprobs(steps, request)
