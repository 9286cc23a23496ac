"""Mutants of stop sequences."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.generation import Generations
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.stops import StopMatcher


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
    """The stop sequence stays at the end of the text."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Including(stops)


@mutant(
    "stop-leaks-in-stream",
    breaks={"chat.stop.first-token", "chat.stop.split-across-chunks"},
    defects=("d029",),
    source="SharpAI/SwiftLM#126",
)
class StopLeaksInStream(Generations):
    """The beginning of a stop sequence that is split over tokens is shown before the rest arrives."""

    def stop_matcher(self, stops: Sequence[str]) -> StopMatcher:
        return _Eager(stops)


@mutant(
    "stop-whole-tokens-only",
    breaks={"chat.stop.array", "chat.stop.excluded", "chat.stop.split-across-chunks"},
    source="engines that compare token ids",
)
class StopWholeTokensOnly(Generations):
    """A stop sequence is only seen when it is exactly one token."""

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
    """Only the first sequence of an array counts."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return super().stops(request)[:1]


@mutant("stop-array-ignored", breaks={"chat.stop.array"}, source="plausible")
class StopArrayIgnored(Generations):
    """An array of sequences is ignored, a string is not."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return [] if isinstance(request.body.get("stop"), list) else super().stops(request)


@mutant(
    "stop-string-as-characters",
    breaks={"chat.stop.not-early"},
    source="plausible: list(stop)",
)
class StopStringAsCharacters(Generations):
    """Each character of a stop string is a stop sequence."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return [character for stop in super().stops(request) for character in stop]


@mutant(
    "stop-five-accepted",
    breaks={"chat.stop.limit", "generated.invalid.lengths"},
    source="StopConfiguration: maxItems 4",
)
class StopFiveAccepted(ChatRequests):
    """More than four stop sequences are accepted."""

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
    """A text that a stop sequence ended has finish_reason length."""

    def finish_reason(self, request: ChatRequest, output) -> str:  # type: ignore[no-untyped-def]
        reason = super().finish_reason(request, output)
        return "length" if self.stops(request) and reason == "stop" else reason


@mutant(
    "stop-null-refused", breaks={"chat.request.null-optional"}, defects=("d194",), source="ggml-org/llama.cpp#25515"
)
class StopNullRefused(ChatRequests):
    """`stop: null` is refused."""

    def check_stop(self, body: Json) -> None:
        from conformance.reference.errors import refuse

        if "stop" in body and body["stop"] is None:
            refuse("Invalid type for 'stop'.", "stop", "invalid_type")
        super().check_stop(body)
