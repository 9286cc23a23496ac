"""Starts one generation for each choice of a request, with its plan, sampling, limit, stop sequences and constraint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.reference.chat.request import ChatRequest
from conformance.reference.ids import Ids
from conformance.reference.language_model.beam import beam_steps
from conformance.reference.language_model.constraint import Guide
from conformance.reference.language_model.generate import Generation, Output, Plan, PlannedCall
from conformance.reference.language_model.planner import ToolChoice, plan
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.language_model.stops import StopMatcher
from conformance.reference.models import Models
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.prompt_cache import PromptCache

MAX_OUTPUT = 8192
"""The most tokens of one choice, however large the context window."""


class Generations(Part):
    """Starts one generation for each choice of a request."""

    ids: Ids
    models: Models
    prompt_cache: PromptCache

    def generations(self, request: ChatRequest) -> list[Generation]:
        """Return one generation for each of the `n` choices."""
        base = self.sampling(request)
        return [
            self.generation(request, replace(base, seed=base.seed + 7919 * index), index)
            for index in range(self.choice_count(request))
        ]

    def generation(self, request: ChatRequest, sampling: Sampling, index: int) -> Generation:
        """Start the generation of one choice."""
        limit = self.token_limit(request)
        steps = None
        if request.get("use_beam_search", False):
            width = max(int(request.get("best_of", 4)), self.choice_count(request))
            steps = beam_steps(
                sampling, rank=index, width=width, length_penalty=float(request.get("length_penalty", 1.0)),
                early=bool(request.get("early_stopping", False)), limit=limit,
            )  # fmt: skip
        return Generation(
            self.plan(request), sampling, limit=limit, matcher=self.stop_matcher(self.stops(request)), steps=steps
        )

    def plan(self, request: ChatRequest) -> Plan:
        """Return what the model intends to write: reasoning (if the model reasons), then text or tool calls."""
        planned = plan(
            request.conversation,
            guide=self.constraint_for(request),
            choice=self.tool_mode(request),
            call_id=self.new_call_id,
        )
        if self.thinks(request) and request.get("enable_thinking", True):
            planned = replace(
                planned, reasoning=f"The user wants an answer to: {request.conversation.last('user')[:80]}"
            )
        return replace(planned, calls=tuple(self.planned_call(call) for call in planned.calls))

    def thinks(self, request: ChatRequest) -> bool:
        """Return whether the model reasons before it answers.

        Where the contract has `enable_thinking`, each model reasons if the user asks it to think step by step.
        """
        asked = "enable_thinking" in request.dialect.fields and "step by step" in request.conversation.last("user")
        return asked or "thinker" in request.model or request.get("reasoning_effort", "none") not in {"none", "minimal"}

    def planned_call(self, call: PlannedCall) -> PlannedCall:
        """Return the planned tool call unchanged; mutants override `planned_call` to change it."""
        return call

    def new_call_id(self) -> str:
        """Return a new id for a tool call."""
        return self.ids.new_id("call_")

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        """Return the constraint on the output, or None if the output is not constrained."""
        return request.guide

    def tool_mode(self, request: ChatRequest) -> ToolChoice:
        """Return the tool choice of the request: which tools the model may call, and whether it must call one."""
        return request.tool_choice

    def choice_count(self, request: ChatRequest) -> int:
        """Return the number of choices that a request asks for."""
        return int(request.get("n", 1))

    def token_limit(self, request: ChatRequest) -> int:
        """Return the maximum number of tokens of a choice."""
        room = min(self.models.context_window(request.model) - request.prompt_tokens, MAX_OUTPUT)
        return min(int(request.get("max_completion_tokens", request.get("max_tokens", room))), room)

    def stops(self, request: ChatRequest) -> Sequence[str]:
        """Return the stop sequences of a request."""
        stop = request.get("stop", [])
        return [stop] if isinstance(stop, str) else stop

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        """Return the object that detects the stop sequences of a request."""
        return StopMatcher(stops)

    def sampling(self, request: ChatRequest) -> Sampling:
        """Return the sampling parameters of the first choice."""
        seed = request.get("seed", None)
        return Sampling(
            temperature=float(request.get("temperature", request.dialect.temperature)),
            top_p=float(request.get("top_p", 1.0)),
            min_p=float(request.get("min_p", 0.0)),
            frequency_penalty=float(request.get("frequency_penalty", 0.0)),
            presence_penalty=float(request.get("presence_penalty", 0.0)),
            logit_bias={int(token): float(bias) for token, bias in request.get("logit_bias", {}).items()},
            seed=self.ids.entropy() if seed is None else int(seed),
            top_logprobs=int(request.get("top_logprobs", 0)) if request.get("logprobs", False) else 0,
        )

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        """Return the finish reason of a choice.

        If `tool_choice` forces a function by name, the finish reason of the call is `stop`, as in OpenAI's API.
        """
        if output.finish_reason == "tool_calls" and request.tool_choice.mode == "named":
            return "stop"
        return output.finish_reason

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        """Return the `usage` object of a completion.

        `prompt_tokens` counts the prompt once, and `completion_tokens` counts all choices.
        """
        completion = sum(output.tokens for output in outputs)
        cached = self.prompt_cache.cached_tokens(request.conversation, request.prompt_tokens)
        return {
            "prompt_tokens": request.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": request.prompt_tokens + completion,
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": sum(output.reasoning_tokens for output in outputs),
                "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
            },
        }  # fmt: skip
