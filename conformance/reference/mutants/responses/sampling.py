"""Mutants of the Responses API that ignore sampling parameters, or mix up the inputs of requests."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.dialect import Dialect
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests


class Sampled(ResponseRequests):
    """The base of mutants that generate a response with other sampling parameters than the response repeats."""

    def sampled(self, body: Json, chat: Json) -> Json:
        return chat

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        request = super().response_request(body, dialect)
        return replace(request, chat=replace(request.chat, body=self.sampled(body, request.chat.body)))


@mutant(
    "response-temperature-ignored", breaks={"responses.temperature.greedy"}, source="plausible: a dropped parameter"
)
class ResponseTemperatureIgnored(Sampled):
    """Every response of the Responses API is sampled at a high temperature, whatever `temperature` is."""

    def sampled(self, body: Json, chat: Json) -> Json:
        return {**chat, "temperature": 1.5}


@mutant("response-always-greedy", breaks={"responses.temperature"}, source="plausible: a dropped parameter")
class ResponseAlwaysGreedy(Sampled):
    """Every response of the Responses API is greedy, whatever `temperature` is."""

    def sampled(self, body: Json, chat: Json) -> Json:
        return {**chat, "temperature": 0}


@mutant("response-top-p-ignored", breaks={"responses.top-p"}, source="plausible: a dropped parameter")
class ResponseTopPIgnored(Sampled):
    """The Responses API accepts and repeats `top_p`, but does not pass it to the sampler."""

    def sampled(self, body: Json, chat: Json) -> Json:
        return {**chat, "top_p": None}


@mutant("response-inputs-mixed", breaks={"responses.isolation"}, source="plausible: one buffer for all requests")
class ResponseInputsMixed(ResponseRequests):
    """If two inputs have the same beginning and end, the second request gets the answer to the first input."""

    def instructed(self, body: Json, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        messages = super().instructed(body, messages)
        if len(messages) != 1:
            return messages
        text = messages[0].text
        key = (text[:16], text[-9:])
        seen = self.__dict__.setdefault("_seen", {})
        before, seen[key] = seen.get(key), messages[0]
        return (*messages, before) if before and before.text != text else messages
