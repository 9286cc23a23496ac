"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.stop`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.language_model.generate import Generation
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.language_model.stops import StopMatcher
from conformance.reference.mutants.registry import mutant


@mutant("stop-ascii-only", breaks={"chat.stop.multibyte"}, source="plausible: compared before the bytes are decoded")
class StopAsciiOnly(Generations):
    """A stop sequence that has non-ASCII characters is never detected."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return [stop for stop in super().stops(request) if stop.isascii()]


class _Forgetful(StopMatcher):
    """Compares byte by byte and restarts after a mismatch without comparing the mismatching byte again."""

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
    """A stop sequence is not detected directly after a partial match of the same sequence."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Forgetful(stops)


@mutant("stop-first-choice-only", breaks={"chat.stop.every-choice"}, source="plausible: one matcher for all choices")
class StopFirstChoiceOnly(Generations):
    """Only the first of several choices stops at a stop sequence."""

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
    """A stop sequence that begins in the first token is not detected."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Late(stops)


class _Everywhere(StopMatcher):
    def feed(self, piece: bytes) -> bool:
        self._seen += piece
        self.cut = self.safe = 0
        return True


@mutant("stop-empty-ends", breaks={"chat.stop.empty"}, source="plausible: text.find('') is 0")
class StopEmptyEnds(Generations):
    """An empty stop sequence ends the text at once."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Everywhere(stops) if "" in stops else super().stop_matcher(stops)


class _Including(StopMatcher):
    def feed(self, piece: bytes) -> bool:
        ended = super().feed(piece)
        if ended and self.cut is not None:
            found = [stop for stop in self._stops if self._seen.startswith(stop, self.cut)]
            self.cut = self.safe = self.cut + min(map(len, found))
        return ended


class _Eager(StopMatcher):
    def _held(self) -> int:
        return 0


class _WholeTokens(StopMatcher):
    def feed(self, piece: bytes) -> bool:
        if piece.strip() in {stop.strip() for stop in self._stops}:
            self.cut = self.safe = len(self._seen)
            return True
        self._seen += piece
        self.safe = len(self._seen)
        return False


@mutant(
    "stop-not-excluded",
    breaks={"chat.stop.array", "chat.stop.excluded", "chat.stop.split-across-chunks"},
    defects=("d036",),
    source="vllm-project/vllm#57052",
)
class StopNotExcluded(Generations):
    """The text ends with the stop sequence, which should be removed."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Including(stops)


@mutant(
    "stop-leaks-in-stream",
    breaks={"chat.stop.first-token", "chat.stop.split-across-chunks"},
    defects=("d029",),
    source="SharpAI/SwiftLM#126",
)
class StopLeaksInStream(Generations):
    """A stream contains the beginning of a stop sequence, sent before the rest of the sequence is generated."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Eager(stops)


@mutant(
    "stop-whole-tokens-only",
    breaks={"chat.stop.array", "chat.stop.excluded", "chat.stop.split-across-chunks"},
    source="engines that compare token ids",
)
class StopWholeTokensOnly(Generations):
    """A stop sequence is detected only if it is exactly one token."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _WholeTokens(stops)


@mutant(
    "stop-ignored",
    breaks={"chat.stop.array", "chat.stop.excluded", "chat.stop.split-across-chunks"},
    defects=("d032",),
    source="jundot/omlx#1054",
)
class StopIgnored(Generations):
    """`stop` is accepted and ignored."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return []


@mutant("stop-first-only", breaks={"chat.stop.array"}, source="plausible")
class StopFirstOnly(Generations):
    """Only the first stop sequence of an array applies."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return super().stops(request)[:1]


@mutant("stop-array-ignored", breaks={"chat.stop.array"}, source="plausible")
class StopArrayIgnored(Generations):
    """`stop` is ignored if it is an array, but not if it is a string."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return [] if isinstance(request.body.get("stop"), list) else super().stops(request)


@mutant(
    "stop-string-as-characters",
    breaks={"chat.stop.not-early"},
    source="plausible: list(stop)",
)
class StopStringAsCharacters(Generations):
    """If `stop` is a string, each of its characters is treated as a stop sequence."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return [character for stop in super().stops(request) for character in stop]


@mutant(
    "stop-five-accepted",
    breaks={"chat.stop.limit", "generated.invalid.lengths"},
    source="StopConfiguration: maxItems 4",
)
class StopFiveAccepted(ChatRequests):
    """A request with more than four stop sequences is accepted."""

    def most_stops(self) -> int:
        return 1000


@mutant(
    "stop-off-in-stream",
    breaks={"chat.stop.excluded", "chat.stop.split-across-chunks"},
    source="plausible",
)
class StopOffInStream(Generations):
    """Streams do not stop at stop sequences."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return [] if request.get("stream", False) else super().stops(request)


@mutant("stop-finish-reason", breaks={"chat.stop.finish-reason", "chat.stop.first-token"}, source="plausible")
class StopFinishReason(Generations):
    """A text that ended at a stop sequence has `finish_reason: length`."""

    def finish_reason(self, request: ChatRequest, output) -> str:  # type: ignore[no-untyped-def]
        reason = super().finish_reason(request, output)
        return "length" if self.stops(request) and reason == "stop" else reason
