"""Mutants of the reference endpoint that accept or misread parameters of Telnyx's chat completions."""

from __future__ import annotations

from dataclasses import replace

from conformance.packs.telnyx.dialect import TELNYX
from conformance.packs.telnyx.requests import TelnyxChatRequests
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


class _Clamped(ChatRequests):
    """Checks a request as if one of its parameters had a valid value."""

    def check_fields(self, body: Json, dialect: Dialect) -> None:
        super().check_fields(self.clamped(body), dialect)

    def clamped(self, body: Json) -> Json:
        raise NotImplementedError


@mutant("min-p-unbounded", breaks={"telnyx.chat.min-p-range"}, source="llama.cpp: min_p has no bounds")
class MinPUnbounded(_Clamped):
    """A number outside the range of `min_p` is accepted."""

    def clamped(self, body: Json) -> Json:
        return {**body, "min_p": 0} if isinstance(body.get("min_p"), (int, float)) else body


@mutant("telnyx-n-truncated", breaks={"telnyx.chat.n-fraction"}, source="plausible: int(n)")
class TelnyxNTruncated(_Clamped):
    """A fraction as `n` is accepted and rounded down."""

    def clamped(self, body: Json) -> Json:
        fraction = isinstance(body.get("n"), float)
        return {**body, "n": int(body["n"])} if fraction else body


@mutant("telnyx-part-members-ignored", breaks={"telnyx.chat.part-members"}, source="plausible")
class TelnyxPartMembersIgnored(TelnyxChatRequests):
    """Unknown members of content parts are silently ignored."""

    def check_part_members(self, messages: list[Json]) -> None:
        pass


@mutant("min-p-zero-greedy", breaks={"telnyx.chat.min-p-zero"}, source="plausible: a missing value is read as 1")
class MinPZeroGreedy(Generations):
    """A `min_p` of 0 has the effect of a `min_p` of 1: only the most likely token remains."""

    def sampling(self, request: ChatRequest) -> Sampling:
        made = super().sampling(request)
        zero = request.dialect is TELNYX and request.get("min_p", None) == 0
        return replace(made, min_p=1.0) if zero else made
