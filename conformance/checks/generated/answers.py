"""Classify the response to a generated body: accepted, rejected, failed, or unclear. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.checks.generated.repair import Body
from conformance.config import Profile
from conformance.contract import Feature
from conformance.reply import ChatReply, model_lacks, points_at, read_error
from conformance.wire import Exchange


class BodyAnswer(StrEnum):
    """How a body was answered. `UNCLEAR` proves nothing: no response, busy, not allowed, not found."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"
    UNCLEAR = "unclear"


_NEEDED = ("model", "messages", "input", "prompt")  # what no model can lack
_UNCLEAR = frozenset({401, 403, 404, 408, 429, 503})
# What differs between two messages for the same reason: quoted words, numbers and indices, an echo of the input.
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'|[-+]?\d[\d.e+-]*")


@dataclass(frozen=True, slots=True)
class Sent:
    """A body and its reply."""

    body: Body
    reply: ChatReply

    @property
    def answer(self) -> BodyAnswer:
        """The class of the response."""
        return answer_of(self.reply.exchange)


def answer_of(exchange: Exchange) -> BodyAnswer:
    """Classify a response by its status."""
    status = exchange.status
    if status is None or status in _UNCLEAR:
        return BodyAnswer.UNCLEAR
    if 200 <= status < 300:
        return BodyAnswer.ACCEPTED
    if 400 <= status < 500:
        return BodyAnswer.REFUSED
    return BodyAnswer.FAILED if status >= 500 else BodyAnswer.UNCLEAR


def cause_of(exchange: Exchange) -> str:
    """A key for the reason of a rejection: its status, the field it names, and its message without values."""
    error = read_error(exchange)
    said = " ".join(part for part in (error.param, error.message) if isinstance(part, str) and part)
    return f"{exchange.status} {_VALUE.sub('…', said)[:100]}".strip()


def about_unpromised(sent: Sent, profile: Profile, features: Mapping[str, Feature]) -> str:
    """The unpromised feature that the body uses and the rejection names; "" if there is none.

    Some of OpenAI's models lack features: the live API rejects `stop` and temperatures other than 1 with many. The author
    of a contract knows which models are served.
    """
    error = read_error(sent.reply.exchange)
    if model_lacks(error) and profile.contracts == ("openai",):
        return next((name for name in sent.body if name not in _NEEDED and points_at(error, [name])), "")
    promised = {param for name in profile.promised if name in features for param in features[name].params}
    for name, feature in features.items():
        asked = [p for p in feature.params if p not in promised and p.split(".")[0] in sent.body]
        if name not in profile.promised and points_at(error, asked):
            return name
    return ""
