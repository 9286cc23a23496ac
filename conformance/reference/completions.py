"""Legacy text completions: POST /completions with streams, `echo`, `logprobs`, `best_of` and arrays of prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from conformance.reference.errors import refuse
from conformance.reference.fields import Field, wrong_type
from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.language_model.generate import Generation, Output, Piece, Plan
from conformance.reference.language_model.plans import answer
from conformance.reference.language_model.sampler import Sampling, Step
from conformance.reference.language_model.stops import StopMatcher
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.models import Models
from conformance.reference.part import Part
from conformance.reference.prompt import Conversation, Json, Message
from conformance.reference.routes import serves

_NUMBER, _INTEGER, _STRING, _BOOLEAN = ("number",), ("integer",), ("string",), ("boolean",)
_FIELDS = {
    "model": Field(_STRING), "prompt": Field(("string", "array"), low=1), "suffix": Field(_STRING),
    "max_tokens": Field(_INTEGER, 0), "temperature": Field(_NUMBER, 0, 2), "top_p": Field(_NUMBER, 0, 1),
    "n": Field(_INTEGER, 1, 128), "best_of": Field(_INTEGER, 0, 20), "stream": Field(_BOOLEAN),
    "stream_options": Field(("object",)), "logprobs": Field(_INTEGER, 0, 5), "echo": Field(_BOOLEAN),
    "stop": Field(("string", "array")), "frequency_penalty": Field(_NUMBER, -2, 2),
    "presence_penalty": Field(_NUMBER, -2, 2), "logit_bias": Field(("object",)), "seed": Field(_INTEGER),
    "user": Field(_STRING),
}  # fmt: skip
DEFAULT_MAX_TOKENS = 16


@dataclass(frozen=True, slots=True)
class TextRequest:
    """A valid request for text completions; `prompts` has the token ids of each prompt."""

    body: Json
    prompts: tuple[tuple[int, ...], ...]

    def get(self, name: str, default: Any) -> Any:
        """Return the value of a request parameter. A parameter that is null counts as absent."""
        value = self.body.get(name)
        return default if value is None else value

    @property
    def logprobs(self) -> int | None:
        """How many alternatives the request wants for each token, or None if it does not request log probabilities."""
        value = self.body.get("logprobs")
        return None if value is None else int(value)


class Completions(Part):
    """POST /completions."""

    http: Http
    ids: Ids
    models: Models

    @serves("POST", "/v1/completions")
    def complete(self, body: Json) -> Response:
        """Answer one request for a text completion."""
        request = self.text_request(body)
        if request.get("stream", False):
            return self.http.stream_response(self.text_frames(self.text_chunks(request)))
        kept: list[Output] = []
        spent = 0
        for number, prompt in enumerate(request.prompts):
            found = [generation.run() for generation in self.text_generations(request, prompt, number)]
            spent += sum(output.tokens for output in found)
            kept += sorted(found, key=_unlikeliness)[: self.text_count(request)]
        choices = [self.text_choice(request, index, output) for index, output in enumerate(kept)]
        return self.http.json_response(
            {**self.text_envelope(request), "choices": choices, "usage": self.text_usage(request, spent)}
        )

    def text_request(self, body: Json) -> TextRequest:
        """Check a request body and read it."""
        if not body.get("model"):
            refuse("you must provide a model parameter")
        for key, value in body.items():
            if key not in _FIELDS:
                refuse(f"Unknown parameter: '{key}'.", key, "unknown_parameter")
            _FIELDS[key].check(value, key)
        stop = body.get("stop")
        if isinstance(stop, list):
            Field(("array",), low=1, high=4).check(stop, "stop")
        request = TextRequest(body, _prompts(body.get("prompt")))
        best, count = int(request.get("best_of", 0)), self.text_count(request)
        if best and best < count:
            refuse(
                f"You requested that the server return more choices than it will generate ({count} > {best}).",
                "best_of",
            )
        if best > count and request.get("stream", False):
            refuse("Cannot stream results with best_of > n.", "best_of")
        if request.get("echo", False) and request.logprobs is not None:
            refuse("Setting 'echo' and 'logprobs' at the same time is not supported for this model.", "logprobs")
        self.models.check_model(body["model"], self.models.chat_models())
        return request

    def text_count(self, request: TextRequest) -> int:
        """Return the number of choices per prompt."""
        return int(request.get("n", 1))

    def text_generations(self, request: TextRequest, prompt: Sequence[int], number: int) -> list[Generation]:
        """Return the candidate generations for one prompt: `best_of` candidates, or `n` without `best_of`."""
        stop = request.get("stop", [])
        seed = request.get("seed", None)
        limit = int(request.get("max_tokens", DEFAULT_MAX_TOKENS))
        base = self.ids.entropy() if seed is None else int(seed)
        return [
            Generation(
                self.continuation(prompt),
                Sampling(
                    temperature=float(request.get("temperature", 1.0)),
                    top_p=float(request.get("top_p", 1.0)),
                    frequency_penalty=float(request.get("frequency_penalty", 0.0)),
                    presence_penalty=float(request.get("presence_penalty", 0.0)),
                    logit_bias={int(k): float(v) for k, v in request.get("logit_bias", {}).items()},
                    seed=base + 7919 * index + number,
                    top_logprobs=request.logprobs or 0,
                ),
                limit=limit,
                matcher=StopMatcher([stop] if isinstance(stop, str) else stop),
            )
            for index in range(max(int(request.get("best_of", 0)), self.text_count(request)))
        ]

    def continuation(self, prompt: Sequence[int]) -> Plan:
        """Return the text with which the model intends to continue a prompt."""
        text = TOKENIZER.decode_bytes(prompt).decode("utf-8", "replace")
        wish = answer(Conversation((Message("user", text),)))
        return Plan(f" {wish.text}", wish.sure)

    def text_envelope(self, request: TextRequest) -> Json:
        """Return the fields that a completion object has in common with all chunks of a stream."""
        return {
            "id": self.new_text_id(), "object": "text_completion", "created": self.ids.now(),
            "model": request.body["model"], "system_fingerprint": "fp_reference",
        }  # fmt: skip

    def new_text_id(self) -> str:
        """Return a new id for a text completion."""
        return f"cmpl-{self.ids.new_id('chatcmpl-').removeprefix('chatcmpl-')}"

    def text_choice(self, request: TextRequest, index: int, output: Output) -> Json:
        """Return one choice of the completion object."""
        return {
            "text": self.echoed(request, index) + output.text,
            "index": index,
            "logprobs": self.text_logprobs(request, output.steps, 0),
            "finish_reason": output.finish_reason,
        }

    def echoed(self, request: TextRequest, index: int) -> str:
        """Return what precedes the text of a choice: the prompt if the request sets `echo`, or "" otherwise."""
        prompt = request.prompts[index // self.text_count(request)]
        return TOKENIZER.decode_bytes(prompt).decode("utf-8", "replace") if request.get("echo", False) else ""

    def text_logprobs(self, request: TextRequest, steps: Sequence[Step], offset: int) -> Json | None:
        """Return the log probabilities in the legacy format: four arrays of equal length.

        `offset` is the position of the first token in the choice's text.
        """
        if request.logprobs is None:
            return None
        texts = [TOKENIZER.text(step.token) for step in steps]
        offsets = [offset + sum(map(len, texts[:place])) for place in range(len(texts))]
        found: Json = {"tokens": texts, "token_logprobs": [step.logprob for step in steps], "text_offset": offsets}
        if request.logprobs:
            found["top_logprobs"] = [
                {TOKENIZER.text(token): value for token, value in step.top} | {text: step.logprob}
                for text, step in zip(texts, steps, strict=True)
            ]
        return found

    def text_usage(self, request: TextRequest, completion: int) -> Json:
        """Return the token counts: each prompt once, and all candidates of `best_of`, including those not returned."""
        prompt = sum(map(len, request.prompts))
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}

    def text_frames(self, chunks: Iterator[Json]) -> Iterator[bytes]:
        """Yield the bytes of a streamed text completion."""
        for chunk in chunks:
            yield self.http.frame_event(self.http.dumps(chunk))
        yield self.http.frame_event("[DONE]")

    def text_chunks(self, request: TextRequest) -> Iterator[Json]:
        """Yield all chunks of a stream, one choice after another.

        If the request sets `include_usage`, the usage chunk comes last.
        """
        shared = self.text_envelope(request)
        asked = bool(request.get("stream_options", {}).get("include_usage"))
        empty = {"usage": None} if asked else {}
        index = spent = 0
        for number, prompt in enumerate(request.prompts):
            for generation in self.text_generations(request, prompt, number):
                for choice in self.text_deltas(request, index, generation):
                    yield {**shared, "choices": [choice], **empty}
                spent += generation.output.tokens
                index += 1
        if asked:
            yield {**shared, "choices": [], "usage": self.text_usage(request, spent)}

    def text_deltas(self, request: TextRequest, index: int, generation: Generation) -> Iterator[Json]:
        """Yield the object in `choices[0]` of each chunk of a text completion with one choice."""
        offset = 0
        first = self.echoed(request, index)
        if first:
            yield {"text": first, "index": index, "logprobs": None, "finish_reason": None}
        for piece in generation:
            yield self.text_fragment(request, index, piece, offset)
            offset += len(piece.text)
        yield {"text": "", "index": index, "logprobs": None, "finish_reason": generation.output.finish_reason}

    def text_fragment(self, request: TextRequest, index: int, piece: Piece, offset: int) -> Json:
        """Return the entry in `choices` for a chunk that has text."""
        logprobs = self.text_logprobs(request, piece.steps, offset)
        return {"text": piece.text, "index": index, "logprobs": logprobs, "finish_reason": None}


def _unlikeliness(output: Output) -> float:
    """Minus the mean log probability of a candidate's tokens; best_of keeps the least."""
    return -sum(step.logprob for step in output.steps) / max(len(output.steps), 1)


def _prompts(given: Any) -> tuple[tuple[int, ...], ...]:
    """Token lists: of one text, of several, or as given; without a prompt, one of no tokens."""
    if given is None:
        return ((),)
    if isinstance(given, str):
        return (tuple(TOKENIZER.encode(given)),)
    if all(_is_token(item) for item in given):
        return (tuple(given),)
    found: list[tuple[int, ...]] = []
    for index, item in enumerate(given):
        if isinstance(item, str):
            found.append(tuple(TOKENIZER.encode(item)))
        elif isinstance(item, list) and item and all(_is_token(token) for token in item):
            found.append(tuple(item))
        else:
            wrong_type(f"prompt[{index}]", ["string", "array"], item)
    return tuple(found)


def _is_token(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool) and 0 <= item < TOKENIZER.size
