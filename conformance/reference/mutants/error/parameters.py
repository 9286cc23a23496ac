"""Mutants that accept invalid parameter values: they ignore, clamp or convert such values."""

from __future__ import annotations

from typing import Any

from conformance.reference.chat.request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("types-coerced", breaks={"error.n-type", "error.stop-type", "error.seed-type", "error.logprobs-type"},
        source="plausible: wrong types fall back to the default")  # fmt: skip
class TypesCoerced(ChatRequests):
    """Parameter values of a wrong type are silently ignored instead of rejected."""

    def prepare_body(self, body: Json) -> Json:
        body = dict(super().prepare_body(body))
        for key, kind in (("n", int), ("seed", int), ("stop", (str, list)), ("logprobs", bool)):
            if body.get(key) is not None and not isinstance(body[key], kind):
                body = {name: value for name, value in body.items() if name != key}
        return body


@mutant("limits-not-checked", breaks={"error.top-logprobs-range", "error.logit-bias-range", "error.presence-penalty-range"},
        source="plausible: clamped without a word")  # fmt: skip
class LimitsNotChecked(ChatRequests):
    """Parameter values out of range are silently clamped instead of rejected."""

    def prepare_body(self, body: Json) -> Json:
        body = dict(super().prepare_body(body))
        for key, low, high in (("top_logprobs", 0, 20), ("presence_penalty", -2, 2), ("frequency_penalty", -2, 2)):
            if isinstance(body.get(key), (int, float)):
                body[key] = min(max(body[key], low), high)
        if isinstance(body.get("logit_bias"), dict):
            body["logit_bias"] = {
                key: min(max(value, -100), 100) if isinstance(value, (int, float)) else value
                for key, value in body["logit_bias"].items()
            }
        return body


def _messages(body: Json) -> list[Any]:
    messages = body.get("messages")
    return messages if isinstance(messages, list) else []


@mutant("content-stringified", breaks={"error.content-number"}, source="plausible: str(content)")
class ContentStringified(ChatRequests):
    """A message's `content` of any type is converted to a string instead of rejected."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        told = [
            {**m, "content": str(m["content"])} if isinstance(m, dict) and isinstance(m.get("content"), (int, float)) else m
            for m in _messages(body)
        ]  # fmt: skip
        return {**body, "messages": told} if told else body


@mutant("role-defaults-to-user", breaks={"error.role-missing"}, source="plausible: message.get('role', 'user')")
class RoleDefaultsToUser(ChatRequests):
    """A message without `role` is treated as a user message."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        told = [{"role": "user", **m} if isinstance(m, dict) else m for m in _messages(body)]
        return {**body, "messages": told} if told else body


@mutant("unknown-parts-dropped", breaks={"error.content-part-type"},
        source="plausible: only parts of type text are read")  # fmt: skip
class UnknownPartsDropped(ChatRequests):
    """Content parts of an unknown type are silently ignored instead of rejected."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        told = [
            {**m, "content": [p for p in m["content"] if not isinstance(p, dict) or p.get("type") in known] or ""}
            if isinstance(m, dict) and isinstance(m.get("content"), list) and m["content"] else m
            for known in [("text", "image_url", "refusal", "input_audio", "file")] for m in _messages(body)
        ]  # fmt: skip
        return {**body, "messages": told} if told else body


@mutant("tool-orphan-accepted", breaks={"error.tool-orphan"}, source="semantics of most chat templates")
class ToolOrphanAccepted(ChatRequests):
    """A tool message that answers no tool call is treated as a user message instead of rejected."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        asked = {c.get("id") for m in _messages(body) if isinstance(m, dict) for c in m.get("tool_calls") or ()}
        told = [
            {"role": "user", "content": m.get("content")}
            if isinstance(m, dict) and m.get("role") == "tool" and m.get("tool_call_id") and m["tool_call_id"] not in asked
            else m
            for m in _messages(body)
        ]  # fmt: skip
        return {**body, "messages": told} if told else body


@mutant("tool-call-id-not-required", breaks={"error.tool-call-id-missing"}, source="semantics of most chat templates")
class ToolCallIdNotRequired(ChatRequests):
    """A tool message without `tool_call_id` is treated as the answer to the last tool call."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        last = None
        for message in _messages(body):
            if isinstance(message, dict):
                for call in message.get("tool_calls") or ():
                    last = call.get("id") if isinstance(call, dict) else None
                if message.get("role") == "tool" and "tool_call_id" not in message and last:
                    message["tool_call_id"] = last
        super().check_messages(body, dialect)
