"""Lawful variations of the reference endpoint: they do nothing wrong, and little as the reference endpoint does it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.completions import Completions, TextRequest
from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Generation, Output, Piece, Plan
from conformance.reference.part import Kind
from conformance.reference.prompt import Json


class Chance:
    """Random numbers that differ each time the same is asked, and do not depend on the order of other requests."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def begin(self, round: int) -> None:
        """Start an audit: the same round gives the same numbers, whatever ran before it."""
        self.asked.clear()
        self.round = round

    def __call__(self, request: ChatRequest) -> random.Random:
        asked = repr(request.conversation)
        self.asked[asked] += 1
        return random.Random(f"{self.round} {asked} {self.asked[asked]}")  # noqa: S311 - any numbers will do


chance = Chance()


SOME = (
    "{",
    "}",
    "<tool_call>",
    "```json\n",
    '{"name": "get_weather", "arguments": {}}',
    "\ufffd",
    "é",
    "1",
    "\n",
    " ",
    "Ã¼",
    "日",
)


class OtherChunks(Chat):
    """A chunk for each character, empty deltas between them, and one before the role."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Iterator[Json]:
        yield self.delta_choice(index, {})
        for choice in super().choice_deltas(request, index, generation):
            text = choice["delta"].get("content") or ""
            yield {**choice, "delta": {**choice["delta"], "content": text[:1]}} if text else choice
            for character in text[1:]:
                yield self.delta_choice(index, {"content": character})
            if not choice["finish_reason"]:
                yield self.delta_choice(index, {"content": ""})
                yield self.delta_choice(index, {})


class Gateway(Chat):
    """Fields of its own, comments, a first chunk without choices, and two choices in one chunk."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        shared = {name: value for name, value in super().envelope(request, kind).items() if name != "service_tier"}
        return {**shared, "model": "alias-2026", "provider": "x"}

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return {**super().choice(request, index, output), "stop_reason": None}

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Iterator[Json]:
        first = {**self.envelope(request, "chat.completion.chunk"), "choices": [], "prompt_filter_results": []}
        yield first
        yield from ({**chunk, "id": first["id"]} for chunk in super().chat_chunks(request, generations))

    def chat_frames(self, chunks: Iterator[Json]) -> Iterator[bytes]:
        held: list[Json] = []
        for chunk in chunks:
            held.append({**chunk, "obfuscation": "ab"})
            pair = held[0]["choices"] + held[-1]["choices"]
            if all(each["choices"] for each in held) and [choice["index"] for choice in pair] == [0, 1]:
                held = [{**held[0], "choices": pair}]
            yield b": keep-alive\n\n"
            yield from (self.http.frame_event(self.http.dumps(each)) for each in held[:-1])
            held = held[-1:]
        yield from (self.http.frame_event(self.http.dumps(each)) for each in held)
        yield from self.end_of_stream()


class Thinker(Generations):
    """A model that thinks before it answers, more or less, unless that is switched off, and says a word before it calls."""

    def plan(self, request: ChatRequest) -> Plan:
        planned = super().plan(request)
        free = planned.calls and request.tool_choice.mode == "auto"
        text = "I will look it up." if free else planned.text
        thoughts = "They want this: " + "hm, " * chance(request).randint(1, 30)
        return replace(planned, text=text, reasoning=thoughts if request.get("enable_thinking", True) else "")


class Hidden(Chat):
    """Without a word of the model's thoughts."""

    def message(self, output: Output) -> Json:
        return {name: value for name, value in super().message(output).items() if name != "reasoning_content"}

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Iterator[Json]:
        for choice in super().choice_deltas(request, index, generation):
            if "reasoning_content" not in choice["delta"]:
                yield choice


class LongThinker(Thinker):
    """A model that thinks until the limit."""

    def plan(self, request: ChatRequest) -> Plan:
        planned = super().plan(request)
        return replace(planned, reasoning="I wonder what they want. " * 40) if planned.reasoning else planned


class Speechless(Generations):
    """A model that ends at once, whatever it is asked, unless something forces it to write."""

    def plan(self, request: ChatRequest) -> Plan:
        planned = super().plan(request)
        return planned if planned.calls or planned.guide else replace(planned, text="")


class WithoutContinuation(Completions):
    """A text completion that ends at once."""

    def continuation(self, prompt: Sequence[int]) -> Plan:
        return Plan("")


class Babbler(Speechless):
    """A model that writes broken JSON, half characters and half calls, others each time."""

    def plan(self, request: ChatRequest) -> Plan:
        planned = super().plan(request)
        return planned if planned.calls or planned.guide else Plan("".join(chance(request).choices(SOME, k=24)))


class Moody(Generations):
    """A model whose sampled answers differ in kind: an answer, none, a refusal, nonsense, or one after long thoughts."""

    def plan(self, request: ChatRequest) -> Plan:
        planned = super().plan(request)
        if planned.guide or (planned.calls and request.tool_choice.mode != "auto") or self.is_greedy(request):
            return planned
        draw = chance(request)
        thoughts = "I wonder what they want. " * 40 if request.get("enable_thinking", True) else ""
        others = (
            Plan(""),
            Plan("I can't help with that."),
            Plan("".join(draw.choices(SOME, k=24))),
            replace(planned, reasoning=thoughts),
            replace(planned, text=f"Well. {planned.text}"),
        )
        return draw.choice(others) if draw.random() < 0.4 else planned

    def is_greedy(self, request: ChatRequest) -> bool:
        """Whether a request leaves nothing to chance, or asks for the same chance again."""
        narrow = request.get("top_p", 1) < 0.1 or request.get("min_p", 0) > 0.9 or request.get("logit_bias", {})
        beams = request.get("use_beam_search", False)
        return bool(request.get("temperature", 1) == 0 or narrow or beams or request.get("seed", None) is not None)


class Fickle(Moody):
    """A model of many moods, whatever the temperature."""

    def is_greedy(self, request: ChatRequest) -> bool:
        return False


class Wavering(Generations):
    """An engine whose arithmetic depends on its other requests: one free answer in three ends differently."""

    def plan(self, request: ChatRequest) -> Plan:
        planned = super().plan(request)
        if planned.calls or planned.guide or chance(request).random() > 0.33:
            return planned
        kept = planned.text[: max(24, len(planned.text) // 2)]
        return replace(planned, text=f"{kept} and so on." if len(planned.text) > len(kept) else planned.text)


class Refuser(Generations):
    """A model that refuses whatever is asked."""

    def plan(self, request: ChatRequest) -> Plan:
        return Plan("I can't help with that.")


class Refusal(Chat):
    """The answer is in the field for refusals."""

    def message(self, output: Output) -> Json:
        return {"role": "assistant", "content": None, "refusal": output.text}

    def role_delta(self) -> Json:
        return {"role": "assistant", "content": None, "refusal": ""}

    def text_delta(self, piece: Piece) -> Json:
        return {"refusal": piece.text}


class Filter(Generations):
    """A content filter that ends every third answer."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        return "content_filter" if chance(request).random() < 0.3 else super().finish_reason(request, output)


class LooseCalls(Generations):
    """The arguments of functions that are not strict are no JSON."""

    def plan(self, request: ChatRequest) -> Plan:
        planned = super().plan(request)
        tools = [tool["function"] for tool in request.body.get("tools") or () if "function" in tool]
        loose = {each["name"] for each in tools if each.get("parameters") and not each.get("strict")}
        calls = (replace(c, guide=None, draft='{"city": Paris') if c.name in loose else c for c in planned.calls)
        return replace(planned, calls=tuple(calls))


class WholeCalls(Chat):
    """Every call in one fragment, all calls in one chunk."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Iterator[Json]:
        calls: dict[int, Any] = {}
        for choice in super().choice_deltas(request, index, generation):
            for call in choice["delta"].get("tool_calls") or ():
                whole = calls.setdefault(call["index"], call)
                if whole is not call:
                    whole["function"]["arguments"] += call["function"]["arguments"]
            if calls and choice["finish_reason"]:
                yield self.delta_choice(
                    index, {"role": "assistant", "content": None, "tool_calls": list(calls.values())}
                )
            if not choice["delta"].get("tool_calls"):
                yield choice


class ReasoningModel(ChatRequests):
    """What OpenAI's reasoning models refuse, in their words."""

    def prepare_body(self, body: Json) -> Json:
        for name in ("stop", "logit_bias", "logprobs", "top_logprobs", "presence_penalty", "frequency_penalty"):
            if body.get(name):
                refuse(
                    f"Unsupported parameter: '{name}' is not supported with this model.", name, "unsupported_parameter"
                )
        for name in ("temperature", "top_p"):
            if body.get(name, 1) not in (None, 1):
                message = f"Unsupported value: '{name}' does not support {body[name]} with this model."
                refuse(message, name, "unsupported_value")
        return super().prepare_body(body)


class Plain(ChatRequests):
    """Nothing that is optional."""

    def prepare_body(self, body: Json) -> Json:
        idle = {"n": (1,), "response_format": ({"type": "text"},)}
        for name in (
            "n", "seed", "logprobs", "top_logprobs", "logit_bias", "frequency_penalty", "presence_penalty", "functions",
            "tools", "tool_choice", "parallel_tool_calls", "response_format", "metadata", "reasoning_effort", "user",
        ):  # fmt: skip
            if body.get(name) and body[name] not in idle.get(name, ()):
                refuse(f"'{name}' is not supported here.", name)
        return super().prepare_body(body)


class OnePrompt(Completions):
    """One prompt for each text completion, as a string."""

    def text_request(self, body: Json) -> TextRequest:
        if isinstance(body.get("prompt"), list):
            refuse("Invalid type for 'prompt': expected a string.", "prompt", "invalid_type")
        return super().text_request(body)


VARIATIONS: tuple[tuple[Kind, ...], ...] = (
    (OtherChunks,), (Gateway,), (Thinker,), (Hidden, Thinker), (LongThinker,), (Speechless, WithoutContinuation),
    (Babbler, WithoutContinuation), (Moody,), (Fickle,), (Wavering,), (Refuser, Refusal), (Filter,), (WholeCalls, LooseCalls), (ReasoningModel,), (Plain, OnePrompt),
)  # fmt: skip


NOT_FOLLOWED: Mapping[str, Mapping[str, str]] = {
    "Speechless": {"chat.reasoning.answered": "it answers nothing"},
    "Babbler": {
        "chat.seed.repeatable": "it ignores seeds",
        "chat.temperature.zero-greedy": "it ignores temperatures",
        "responses.temperature.greedy": "it ignores temperatures",
        "chat.tools.result-used": "it reads nothing",
        "telnyx.chat.beam-search": "it searches nothing",
    },
    "Fickle": {
        "chat.seed.repeatable": "it ignores seeds",
        "chat.temperature.zero-greedy": "it ignores temperatures",
        "responses.temperature.greedy": "it ignores temperatures",
        "telnyx.chat.beam-search": "it searches nothing",
        "telnyx.chat.early-stopping": "it searches nothing",
    },
    "Refuser": {
        "chat.functions.named": "it calls nothing",
        "responses.temperature": "its refusals are text there",
        "responses.text-format.json-object": "its refusals are text there",
    },
    "WholeCalls": {"chat.functions.arguments": "its arguments are no JSON"},
}
"""The requirements that a variation does not follow, with the reason: its failures there are no chance."""
