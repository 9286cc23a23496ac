"""Mutants of parameters that are accepted and then ignored, of log probabilities and of stop sequences in rarer forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.errors import refuse
from conformance.reference.generate import Generation
from conformance.reference.generation import Generations
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.sampler import Sampling, Step
from conformance.reference.stops import StopMatcher


@mutant("frequency-penalty-ignored", breaks={"chat.frequency-penalty.effect"}, source="liar")
class FrequencyPenaltyIgnored(Generations):
    """`frequency_penalty` is accepted and ignored."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), frequency_penalty=0.0)


@mutant("presence-penalty-ignored", breaks={"chat.presence-penalty.effect"}, source="liar")
class PresencePenaltyIgnored(Generations):
    """`presence_penalty` is accepted and ignored."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), presence_penalty=0.0)


@mutant(
    "beam-search-ignored", breaks={"telnyx.chat.beam-search"}, source="plausible: an engine dropped it, the API did not"
)
class BeamSearchIgnored(ChatRequests):
    """`use_beam_search` is accepted and ignored."""

    def prepare_body(self, body: Json) -> Json:
        return {key: value for key, value in super().prepare_body(body).items() if key != "use_beam_search"}


@mutant("logprobs-unasked", breaks={"chat.logprobs.unasked"}, source="plausible: a debug setting left on")
class LogprobsUnasked(Chat):
    """Log probabilities come with every answer."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        return super().logprobs(replace(request, body={**request.body, "logprobs": True}), steps, calls=calls)


@mutant(
    "top-logprobs-of-first-token",
    breaks={"chat.logprobs.greedy-first"},
    defects=("d200",),
    source="sgl-project/sglang#39260",
)
class TopLogprobsOfFirstToken(Chat):
    """All tokens of an answer carry the alternatives of its first token."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        found = super().logprobs(request, steps, calls=calls)
        if found and found["content"]:
            first = found["content"][0]["top_logprobs"]
            found["content"] = [{**entry, "top_logprobs": first} for entry in found["content"]]
        return found


@mutant("top-logprobs-capped", breaks={"chat.top-logprobs.twenty"}, source="plausible: min(top_logprobs, 5)")
class TopLogprobsCapped(Chat):
    """At most five alternatives are listed, whatever was asked."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        return {**entry, "top_logprobs": entry["top_logprobs"][:5]}


@mutant("stop-ascii-only", breaks={"chat.stop.multibyte"}, source="plausible: compared before the bytes are decoded")
class StopAsciiOnly(Generations):
    """Stop sequences with characters outside ASCII are never found."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return [stop for stop in super().stops(request) if stop.isascii()]


class _Forgetful(StopMatcher):
    """Compares byte by byte and begins from nothing after a mismatch, without looking at the mismatching byte again."""

    def __init__(self, stops: Sequence[str]) -> None:
        super().__init__(stops)
        self._matched = [0] * len(self._stops)

    def feed(self, piece: bytes) -> bool:
        for byte in piece:
            self._seen += bytes([byte])
            for place, stop in enumerate(self._stops):
                self._matched[place] = self._matched[place] + 1 if stop[self._matched[place]] == byte else 0
                if self._matched[place] == len(stop):
                    self.cut = self.safe = len(self._seen) - len(stop)
                    return True
        self.safe = len(self._seen) - max(self._matched, default=0)
        return False


@mutant("stop-forgets-on-mismatch", breaks={"chat.stop.self-overlap"}, source="plausible: a matcher without going back")
class StopForgetsOnMismatch(Generations):
    """A stop sequence is missed where its first letter stands before it, too."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Forgetful(stops)


@mutant("stop-first-choice-only", breaks={"chat.stop.every-choice"}, source="plausible: one matcher for all choices")
class StopFirstChoiceOnly(Generations):
    """Only the first of several choices stops."""

    def generation(self, request: ChatRequest, sampling: Sampling, index: int) -> Generation:
        free = {key: value for key, value in request.body.items() if key != "stop"}
        return super().generation(replace(request, body=free) if index else request, sampling, index)


class _Late(StopMatcher):
    def feed(self, piece: bytes) -> bool:
        began = bool(self._seen)
        if not began:
            self._stops, kept = (), self._stops
            super().feed(piece)
            self._stops = kept
            self._seen = b"\0" * len(piece)
            return False
        return super().feed(piece)


@mutant(
    "stop-not-at-first-token",
    breaks={"chat.stop.first-token"},
    source="plausible: checked after the first token",
)
class StopNotAtFirstToken(Generations):
    """The first token is not looked at for stop sequences."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Late(stops)


class _Everywhere(StopMatcher):
    def feed(self, piece: bytes) -> bool:
        self._seen += piece
        self.cut = self.safe = 0
        return True


@mutant("stop-empty-ends", breaks={"chat.stop.empty"}, source="plausible: text.find('') is 0")
class StopEmptyEnds(Generations):
    """An empty stop sequence ends the answer at once."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Everywhere(stops) if "" in stops else super().stop_matcher(stops)


@mutant("larger-limit-counts", breaks={"chat.max-tokens.both"}, source="plausible: max_tokens is read first and wins")
class LargerLimitCounts(ChatRequests):
    """With both limits the old one counts."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        old = body.get("max_tokens") is not None
        return {key: value for key, value in body.items() if not (old and key == "max_completion_tokens")}


@mutant(
    "one-token-refused",
    breaks={"chat.max-tokens.one"},
    source="plausible: the Responses API's minimum taken over",
)
class OneTokenRefused(ChatRequests):
    """A limit of one token is refused."""

    def prepare_body(self, body: Json) -> Json:
        if body.get("max_tokens") == 1:
            refuse("Invalid 'max_tokens': below minimum value 2.", "max_tokens", "integer_below_min_value")
        return super().prepare_body(body)
