"""Builds chat completions: the `chat.completion` object, and the chunks of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.responses import Response

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.chat.stored import StoredChats
from conformance.reference.dialect import Dialect
from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.language_model.generate import Generation, Output, Piece, PlannedCall
from conformance.reference.language_model.sampler import Step
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.obfuscation import chunk_text, obfuscated
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.routes import serves


class Chat(Part):
    """POST /chat/completions."""

    chat_requests: ChatRequests
    generations: Generations
    http: Http
    ids: Ids
    stored_chats: StoredChats

    @serves("POST", "/v1/chat/completions")
    def chat(self, body: Json, dialect: Dialect) -> Response:
        """Answer one request for a chat completion."""
        request = self.chat_requests.chat_request(body, dialect)
        generations = self.generations.generations(request)
        if request.get("stream", False):
            chunks = self.stored_chats.sent_chunks(request, self.chat_chunks(request, generations))
            if request.get("stream_options", {}).get("include_obfuscation"):
                chunks = obfuscated(chunks, chunk_text)
            response = self.http.stream_response(self.chat_frames(chunks))
        else:
            whole = self.completion(request, [generation.run() for generation in generations])
            self.stored_chats.answered(request, whole)
            response = self.http.json_response(whole)
        response.headers.update(self.rate_limits(request))
        return response

    def rate_limits(self, request: ChatRequest) -> dict[str, str]:
        """Return rate-limit headers with limits that no client reaches."""
        return {
            "x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9999",
            "x-ratelimit-reset-requests": "6ms", "x-ratelimit-limit-tokens": "2000000",
            "x-ratelimit-remaining-tokens": str(2000000 - request.prompt_tokens), "x-ratelimit-reset-tokens": "1ms",
        }  # fmt: skip

    # the object

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        """Return the fields that the completion object and all chunks of a stream share."""
        return {
            "id": self.completion_id(), "object": kind, "created": self.ids.now(), "model": request.model,
            "service_tier": "default", "system_fingerprint": "fp_reference",
        }  # fmt: skip

    def completion_id(self) -> str:
        """Return a new id for a completion."""
        return self.ids.new_id("chatcmpl-")

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        """The chat.completion object."""
        choices = [self.choice(request, index, output) for index, output in enumerate(outputs)]
        return {
            **self.envelope(request, "chat.completion"),
            "choices": choices,
            "usage": self.generations.usage(request, outputs),
        }

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        """Return one choice of the completion object."""
        choice = {
            "index": index,
            "message": self.message(output),
            "logprobs": self.logprobs(request, output.steps, calls=bool(output.calls)),
            "finish_reason": self.generations.finish_reason(request, output),
        }
        return legacy_call(choice, "message") if request.get("functions", None) else choice

    def message(self, output: Output) -> Json:
        """The assistant's message."""
        message: Json = {"role": "assistant", "content": output.text, "refusal": None, "annotations": []}
        if output.reasoning:
            message["reasoning_content"] = output.reasoning
        if output.calls:
            message["content"] = output.text or None
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in output.calls
            ]
        return message

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        """Return the log probability of each token in `steps`, if the request sets `logprobs`."""
        if not request.get("logprobs", False) or (calls and not steps):
            return None
        return {"content": [self.token_logprob(step) for step in steps], "refusal": None}

    def token_logprob(self, step: Step) -> Json:
        """Return the log probability of one token, and its alternatives from most to least likely."""
        return {
            **_token(step.token, step.logprob),
            "top_logprobs": [_token(token, logprob) for token, logprob in step.top],
        }

    # the stream

    def chat_frames(self, chunks: Iterator[Json]) -> Iterator[bytes]:
        """Yield the bytes of a streamed completion."""
        for chunk in chunks:
            yield self.http.frame_event(self.http.dumps(chunk))
        yield from self.end_of_stream()

    def end_of_stream(self) -> Iterator[bytes]:
        """Yield the event that ends a stream."""
        yield self.http.frame_event("[DONE]")

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Iterator[Json]:
        """Yield all chunks of a stream.

        Choices are interleaved. If the request sets `include_usage`, the usage chunk comes last.
        """
        shared = self.envelope(request, "chat.completion.chunk")
        asked = bool((request.get("stream_options", {})).get("include_usage"))
        running = [self.choice_deltas(request, index, generation) for index, generation in enumerate(generations)]
        while running:
            for deltas in list(running):
                choice = next(deltas, None)
                if choice is None:
                    running.remove(deltas)
                else:
                    choice = legacy_call(choice, "delta") if request.get("functions", None) else choice
                    yield {**shared, "choices": [choice], **({"usage": None} if asked else {})}
        if asked:
            yield {
                **shared,
                "choices": [],
                "usage": self.generations.usage(request, [generation.output for generation in generations]),
            }

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Iterator[Json]:
        """Yield, for each chunk of one choice, the object in the chunk's `choices`."""
        told = False
        if not generation.plan.calls:
            yield self.delta_choice(index, self.role_delta())
            told = True
        for piece in generation:
            if piece.call is None:
                if not told:  # text, or thoughts, before the calls
                    yield self.delta_choice(index, self.role_delta())
                    told = True
                delta = self.text_delta(piece)
                yield self.delta_choice(index, delta, self.logprobs(request, piece.steps))
                continue
            for fragment in self.tool_call_deltas(piece, generation.plan.calls[piece.call]):
                delta = {"tool_calls": [fragment]}
                yield self.delta_choice(index, delta if told else {**self.role_delta(), "content": None, **delta})
                told = True
        if not told:
            yield self.delta_choice(index, self.role_delta())
        yield self.finish_choice(request, index, generation.output)

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        """Return the entry in `choices` for a chunk that is not the last chunk of a choice."""
        return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}

    def role_delta(self) -> Json:
        """Return the first delta of a choice, which has the role."""
        return {"role": "assistant", "content": "", "refusal": None}

    def text_delta(self, piece: Piece) -> Json:
        """Return a delta with the text of the piece, which is answer text or reasoning text."""
        return {"reasoning_content": piece.text} if piece.reasoning else {"content": piece.text}

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        """Yield the fragments of a tool call.

        The first fragment has the call's id, type and name; later fragments have pieces of its arguments.
        """
        if piece.begins:
            yield {
                "index": piece.call,
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            }
        else:
            yield {"index": piece.call, "function": {"arguments": piece.text}}

    def finish_choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        """Return the entry in `choices` for the last chunk of a choice: an empty delta and the finish reason."""
        return {
            "index": index,
            "delta": {},
            "logprobs": None,
            "finish_reason": self.generations.finish_reason(request, output),
        }


def legacy_call(choice: Json, field: str) -> Json:
    """Return a choice of a completion or chunk with its tool call in the legacy form, `function_call`."""
    held = dict(choice[field])
    calls = held.pop("tool_calls", None)
    if calls:
        held["function_call"] = calls[0]["function"]
    reason = "function_call" if choice["finish_reason"] == "tool_calls" else choice["finish_reason"]
    return {**choice, field: held, "finish_reason": reason}


def _token(token: int, logprob: float) -> Json:
    return {"token": TOKENIZER.text(token), "logprob": logprob, "bytes": list(TOKENIZER.tokens[token])}
