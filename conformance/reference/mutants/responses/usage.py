"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.usage`."""

from __future__ import annotations

from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest


@mutant("response-usage-total", breaks={"responses.usage.sum"}, source="plausible")
class ResponseUsageTotal(ResponseObjects):
    """The `total_tokens` of a response is one too high."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        usage = super().response_usage(request, output)
        return {**usage, "total_tokens": usage["total_tokens"] + 1}


@mutant("response-usage-cached", breaks={"responses.usage.details"}, source="plausible")
class ResponseUsageCached(ResponseObjects):
    """The `cached_tokens` of a response is greater than its `input_tokens`."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        usage = super().response_usage(request, output)
        return {**usage, "input_tokens_details": {"cached_tokens": usage["input_tokens"] + 1}}


@mutant("response-usage-constant", breaks={"responses.usage.input-grows"}, source="a mock: input_tokens is always 10")
class ResponseUsageConstant(ResponseObjects):
    """The `input_tokens` in the `usage` of a response are the same for every input."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        usage = super().response_usage(request, output)
        total = 10 + usage["output_tokens"]
        return {**usage, "input_tokens": 10, "total_tokens": total, "input_tokens_details": {"cached_tokens": 0}}


@mutant(
    "response-reasoning-uncounted",
    breaks={"responses.usage.reasoning"},
    defects=("d287",),
    source="vllm-project/vllm#43395",
)
class ResponseReasoningUncounted(ResponseObjects):
    """`reasoning_tokens` is 0 in responses with visible reasoning."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        return {**super().response_usage(request, output), "output_tokens_details": {"reasoning_tokens": 0}}


@mutant(
    "response-usage-details-missing",
    breaks={"responses.usage"},
    defects=("d043", "d050"),
    source="ggml-org/llama.cpp#22659",
)
class ResponseUsageDetailsMissing(ResponseObjects):
    """The `usage` of a response lacks `input_tokens_details` and `output_tokens_details`."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        return {
            key: value for key, value in super().response_usage(request, output).items() if not key.endswith("details")
        }


@mutant(
    "response-usage-cached-zero",
    breaks={"responses.usage.cached"},
    source="vLLM: cached_tokens of responses was always 0",
)
class ResponseUsageCachedZero(ResponseObjects):
    """The `cached_tokens` of a response is always 0, although chat completions count cached tokens."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        return {**super().response_usage(request, output), "input_tokens_details": {"cached_tokens": 0}}
