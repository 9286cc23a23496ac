"""Classifies the response to a generated body: accepted, rejected, failed, or unclear."""

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
    """How the target responded to a generated request body: the kinds of responses that are judged differently.

    `UNCLEAR` means that the response proves nothing: there was no response, or the target was busy, denied access, or
    did not find the operation.
    """

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
    """A generated request body that was sent, with the reply of the target."""

    body: Body
    reply: ChatReply

    @property
    def answer(self) -> BodyAnswer:
        """The kind of response that the target gave to the body."""
        return answer_of(self.reply.exchange)


def answer_of(exchange: Exchange) -> BodyAnswer:
    """Classify the response to a generated body by its HTTP status."""
    status = exchange.status
    if status is None or status in _UNCLEAR:
        return BodyAnswer.UNCLEAR
    if 200 <= status < 300:
        return BodyAnswer.ACCEPTED
    if 400 <= status < 500:
        return BodyAnswer.REFUSED
    return BodyAnswer.FAILED if status >= 500 else BodyAnswer.UNCLEAR


def cause_of(exchange: Exchange) -> str:
    """Return a key by which rejections with the same reason are grouped.

    The grouping key consists of the status, the field that the error names, and the error message without its values.
    """
    error = read_error(exchange)
    said = " ".join(part for part in (error.param, error.message) if isinstance(part, str) and part)
    return f"{exchange.status} {_VALUE.sub('…', said)[:100]}".strip()


def about_unpromised(sent: Sent, profile: Profile, features: Mapping[str, Feature]) -> str:
    """Return the name of an unpromised feature that explains why the target rejected the body; "" if there is none.

    A feature explains the rejection if the body uses the feature and the error message names the feature. For example,
    many of OpenAI's models reject `stop` and temperatures other than 1. The author of the profile knows the served
    models, and therefore decides which features must work.
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
