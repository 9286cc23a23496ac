"""What the answer to a generated body says: accepted, refused for the body, failed, or nothing about it. Pure."""

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
    """How a body was answered. `UNCLEAR` says nothing of the body: no response, busy, not allowed, not there."""

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
    """A body and what came back."""

    body: Body
    reply: ChatReply

    @property
    def answer(self) -> BodyAnswer:
        """How the body was answered."""
        return answer_of(self.reply.exchange)


def answer_of(exchange: Exchange) -> BodyAnswer:
    """What the status of an exchange says of its body."""
    status = exchange.status
    if status is None or status in _UNCLEAR:
        return BodyAnswer.UNCLEAR
    if 200 <= status < 300:
        return BodyAnswer.ACCEPTED
    if 400 <= status < 500:
        return BodyAnswer.REFUSED
    return BodyAnswer.FAILED if status >= 500 else BodyAnswer.UNCLEAR


def cause_of(exchange: Exchange) -> str:
    """The same text for the same reason of a refusal: its status, the field it names, and its message without values."""
    error = read_error(exchange)
    said = " ".join(part for part in (error.param, error.message) if isinstance(part, str) and part)
    return f"{exchange.status} {_VALUE.sub('…', said)[:100]}".strip()


def about_unpromised(sent: Sent, profile: Profile, features: Mapping[str, Feature]) -> str:
    """The feature that a refusal names, that the body uses, and that the profile does not promise; "" for none.

    Nor does OpenAI promise of every model what some lack: the live API refuses `stop` and any other temperature than 1
    with many. Whoever adds a contract knows what is served.
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
