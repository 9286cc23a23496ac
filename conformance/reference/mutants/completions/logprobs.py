"""Mutants of text completions with faults in log probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.reference.completions import Completions, TextRequest
from conformance.reference.language_model.generate import Piece
from conformance.reference.language_model.sampler import Step
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "completion-logprobs-zero-absent",
    breaks={"completions.logprobs.zero"},
    defects=("n053",),
    source="xorbitsai/inference#5270",
)
class CompletionLogprobsZeroAbsent(Completions):
    """In a text completion, `logprobs: 0` counts as absent."""

    def text_request(self, body: Json) -> TextRequest:
        return super().text_request({**body, "logprobs": body.get("logprobs") or None})


class _Echoing(Completions):
    """Accepts `echo` together with `logprobs`."""

    def text_request(self, body: Json) -> TextRequest:
        if not (body.get("echo") and body.get("logprobs") is not None):
            return super().text_request(body)
        return replace(super().text_request({**body, "echo": False}), body=body)


@mutant(
    "completion-echo-logprobs-missing",
    breaks={"completions.echo.logprobs"},
    defects=("d297",),
    source="ggml-org/llama.cpp#27174",
)
class CompletionEchoLogprobsMissing(_Echoing):
    """With `echo`, the log probabilities of a text completion do not cover the prompt."""


@mutant(
    "completion-echo-logprobs-crash",
    breaks={"completions.echo.logprobs", "http.no-server-error"},
    defects=("d300",),
    source="vllm-project/vllm#1992",
)
class CompletionEchoLogprobsCrash(_Echoing):
    """A request for a text completion with `echo` and `logprobs` causes a 500."""

    def text_logprobs(self, request: TextRequest, steps: Sequence[Step], offset: int) -> Json | None:
        if request.get("echo", False) and request.logprobs is not None:
            raise IndexError("list index out of range")
        return super().text_logprobs(request, steps, offset)


@mutant(
    "completion-stream-logprobs-missing",
    breaks={"completions.stream.logprobs"},
    defects=("n054",),
    source="kekzl/imp#1589",
)
class CompletionStreamLogprobsMissing(Completions):
    """A streamed text completion has no log probabilities."""

    def text_fragment(self, request: TextRequest, index: int, piece: Piece, offset: int) -> Json:
        return {**super().text_fragment(request, index, piece, offset), "logprobs": None}


@mutant(
    "completion-offsets-restart",
    breaks={"completions.logprobs.offsets"},
    defects=("n052",),
    source="vllm-project/vllm#47815",
)
class CompletionOffsetsRestart(Completions):
    """In a streamed text completion, `text_offset` counts from the beginning of each chunk."""

    def text_fragment(self, request: TextRequest, index: int, piece: Piece, offset: int) -> Json:
        return super().text_fragment(request, index, piece, 0)
