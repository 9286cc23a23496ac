"""Plans what the model intends to write for a conversation: text, a draft that fits a constraint, or tool calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.reference.language_model.constraint import Constraint, Guide
from conformance.reference.language_model.draft import JsonDraft, choice_draft, entities, regex_draft
from conformance.reference.language_model.generate import Plan, PlannedCall
from conformance.reference.language_model.memory import facts, refers_back
from conformance.reference.language_model.plans import answer
from conformance.reference.prompt import Conversation, Tool, attended

_STOPWORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "to",
        "for",
        "is",
        "are",
        "on",
        "at",
        "and",
        "or",
        "it",
        "what",
        "how",
        "get",
        "current",
        "given",
        "this",
        "that",
        "me",
        "my",
        "you",
        "your",
        "with",
        "by",
        "from",
        "please",
        "function",
        "tool",
        "returns",
        "return",
        "name",
        "string",
        "call",
        "use",
        "find",
        "tell",
        "do",
    ]
)


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """How the model may use tools: `mode` is none, auto, required or named.

    `names` has the names of the functions that the model may call; None means all.
    """

    mode: str = "auto"
    names: frozenset[str] | None = None
    parallel: bool = True

    def offered(self, tools: Sequence[Tool]) -> tuple[Tool, ...]:
        """Return the tools that the tool choice allows the model to call."""
        return tuple(tool for tool in tools if self.names is None or tool.name in self.names)


def plan(
    conversation: Conversation,
    *,
    guide: Guide | None = None,
    choice: ToolChoice | None = None,
    call_id: Callable[[], str],
) -> Plan:
    """Return the text or tool calls that the model intends to write."""
    conversation = attended(conversation)
    if choice and choice.mode != "none":
        calls = _calls(conversation, choice, call_id)
        if calls:
            return Plan(calls=calls)
    wish = answer(conversation)
    if guide is None:
        return Plan(wish.text, wish.sure)
    return Plan(_draft(conversation, guide, wish.text), True, guide)


def _draft(conversation: Conversation, guide: Guide, wish: str) -> str:
    said = _said(conversation)
    match guide.kind:
        case "choice":
            return choice_draft(list(guide.value), wish, said)
        case "regex":
            full = _matches(guide.value, wish)
            return full if full is not None else regex_draft(guide.value) or wish
        case "json_schema":
            return wish if _is_allowed(wish, guide) else JsonDraft(guide.value, said).text()
        case "json_object":
            return JsonDraft({"type": "object", "properties": _wanted_keys(said)}, said).text()
    return wish


def _is_allowed(wish: str, guide: Guide) -> bool:
    """Return whether the text that the prompt dictates is JSON that satisfies the schema."""
    return wish.startswith(("{", "[")) and Constraint(guide).admits(wish)


def _said(conversation: Conversation) -> str:
    known = "; ".join(f"{key} is {value}" for key, value in facts(conversation).items())
    return f"{conversation.last('user')}\n{known}"


def _matches(pattern: str, text: str) -> str | None:
    try:
        if re.fullmatch(pattern, text):
            return text
        found = re.search(pattern, text)
    except re.error:
        return None
    return found[0] if found and found[0] else None


def _wanted_keys(said: str) -> dict[str, dict[str, str]]:
    """Keys named in the prompt (`with keys "a" and "b"`), else one called answer."""
    listed = re.search(r"\b(?:keys?|fields?|propert\w+)\b(.{0,200})", said, re.DOTALL)
    names = re.findall(r"[\"'`](\w+)[\"'`]", listed[1] if listed else said)
    if listed and not names:
        names = [
            word
            for word in re.findall(r"\w+", listed[1].split(".")[0])
            if word not in {"and", "called", "named", "only", "the"}
        ][:4]
    return {name: {"type": "string"} for name in names or ["answer"]}


def _calls(conversation: Conversation, choice: ToolChoice, call_id: Callable[[], str]) -> tuple[PlannedCall, ...]:
    tools = choice.offered(conversation.tools)
    forced = choice.mode in {"required", "named"}
    spoken = conversation.messages[-1:]
    if not tools or (not forced and not (spoken and spoken[0].role == "user")):
        return ()
    ask = conversation.last("user")
    if not forced and refers_back(ask, conversation):
        return ()
    ranked = sorted(tools, key=lambda tool: -_relevance(tool, ask))
    fitting = [tool for tool in ranked if _relevance(tool, ask) > 0]
    if not fitting:
        if not forced:
            return ()
        fitting = ranked[:1]
    best = _relevance(fitting[0], ask)
    chosen = [(tool, None) for tool in fitting if _relevance(tool, ask) >= max(2, best - 1)] or [(fitting[0], None)]
    wanted: list[tuple[Tool, str | None]] = list(chosen)
    if len(wanted) == 1:
        places = _enumerated(ask) if _takes_text(wanted[0][0]) else []
        wanted = [(wanted[0][0], place) for place in places] or wanted
    if not choice.parallel or choice.mode == "named":
        wanted = wanted[:1]
    return tuple(_planned(tool, _said(conversation), entity, call_id()) for tool, entity in wanted)


def _planned(tool: Tool, said: str, entity: str | None, identifier: str) -> PlannedCall:
    schema = tool.schema or {"type": "object", "properties": {}}
    guide = Guide("json_schema", {"type": "object", **schema}, "tools", lenient=not tool.strict)
    wish = _dictated(said)
    draft = wish if _is_allowed(wish, guide) else JsonDraft(guide.value, said, entity).text()
    return PlannedCall(identifier, tool.name, draft, guide)


def _dictated(said: str) -> str:
    """Return the arguments that the prompt dictates word for word; "" if it dictates none."""
    found = re.search(r"\bwith exactly these arguments: (\{.*\})", said)
    return found[1] if found else ""


def _words(text: str) -> set[str]:
    split = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower().replace("_", " ")
    return {word.rstrip("s") for word in re.findall(r"[a-z]+", split)} - _STOPWORDS


def _relevance(tool: Tool, ask: str) -> int:
    """How much a request is about a tool: words of its name count double; being called by name settles it."""
    if re.search(rf"\b{re.escape(tool.name)}\b", ask):
        return 10
    asked = _words(ask)
    return 2 * len(_words(tool.name) & asked) + len(_words(tool.description) & asked)


def _takes_text(tool: Tool) -> bool:
    properties = tool.schema.get("properties") or {}
    return any(
        isinstance(item, dict) and item.get("type") == "string" and "enum" not in item for item in properties.values()
    )


def _enumerated(ask: str) -> list[str]:
    """Several things asked for at once: `in Paris and London`, `Paris, London and Rome`."""
    name = r"[A-Z][\w-]+(?: [A-Z][\w-]+)*"
    listed = re.search(rf"\b({name}(?:\s*,\s*(?:and\s+)?{name}|\s+and\s+(?:in |for |of |at )?{name})+)", ask)
    if not listed:
        return []
    return [item for item in re.findall(name, listed[1]) if item in entities(ask) or item[0].isupper()]
