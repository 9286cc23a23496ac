"""Mutants of the reference endpoint that break Telnyx's beam search."""

from __future__ import annotations

from conformance.packs.telnyx.requests import TelnyxChatRequests
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.language_model.generate import Generation
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


class _Without(ChatRequests):
    """Reads requests as if they had not one of the parameters of beam search."""

    name: str

    def prepare_body(self, body: Json) -> Json:
        return {key: value for key, value in super().prepare_body(body).items() if key != self.name}


@mutant(
    "beam-search-ignored",
    breaks={"telnyx.chat.beam-search", "telnyx.chat.beams-distinct"},
    source="plausible: an engine dropped it, the API did not",
)
class BeamSearchIgnored(_Without):
    """`use_beam_search` is silently ignored."""

    name = "use_beam_search"


@mutant("length-penalty-ignored", breaks={"telnyx.chat.length-penalty"}, source="plausible")
class LengthPenaltyIgnored(_Without):
    """`length_penalty` is silently ignored."""

    name = "length_penalty"


@mutant("early-stopping-ignored", breaks={"telnyx.chat.early-stopping"}, source="vLLM: beam search lost early_stopping")
class EarlyStoppingIgnored(_Without):
    """`early_stopping` is silently ignored."""

    name = "early_stopping"


@mutant("beams-all-best", breaks={"telnyx.chat.beams-distinct"}, source="plausible")
class BeamsAllBest(Generations):
    """Every choice of a beam search is the best candidate."""

    def generation(self, request: ChatRequest, sampling: Sampling, index: int) -> Generation:
        return super().generation(request, sampling, 0 if request.get("use_beam_search", False) else index)


@mutant("best-of-below-n-accepted", breaks={"telnyx.chat.best-of-below-n"}, source="plausible: max(best_of, n)")
class BestOfBelowNAccepted(TelnyxChatRequests):
    """A `best_of` below `n` is accepted, and the search has `n` candidates."""

    def check_best_of(self, best_of: int | None, n: float) -> None:
        pass
