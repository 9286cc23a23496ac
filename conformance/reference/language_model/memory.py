"""Finds facts that a conversation states, and tool results that it contains."""

from __future__ import annotations

import json
import re
from typing import Any

from conformance.reference.language_model.literal import literal
from conformance.reference.prompt import Conversation

_BACK = re.compile(r"\b(?:that|this|the|its|these|those)\s+(?:tool(?:'s)?\s+)?(?:results?|outputs?)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{4,}")


def facts(conversation: Conversation) -> dict[str, str]:
    """Return the facts that the conversation states.

    For example, `my name is Ada` gives the fact `name: Ada`. If a conversation states a fact more than once, the last
    statement counts.
    """
    known: dict[str, str] = {}
    for text in conversation.said("system", "user", "assistant"):
        for key, value in re.findall(
            r"\b(?:my|the|our|your)\s+((?:[a-z]+\s+){0,3}?[a-z]+)\s+(?:is|are|=)\s+(?!what|\?)([^.,;!?\n]+)",
            text,
            re.IGNORECASE,
        ):
            known[key.lower()] = literal(value)
        for value in re.findall(
            r"\b[Rr]emember\b[^.\n]{0,80}?\b(?:number|code|word|this|:)\s*:?\s*[\"']?([\w-]*[\dA-Z][\w-]*)", text
        ):
            known["remembered"] = value
        if named := re.search(r"\b(?:call me|I am called|I'm called|my name's|I am|I'm)\s+([A-Z][\w-]+)", text):
            known["name"] = named[1]
        if named := re.search(r"\byou are(?: called| named)?\s+([A-Z][\w-]+)", text):
            known["your name"] = named[1]
    for text in conversation.said("user"):
        known |= {key.lower(): value for key, value in re.findall(r"\b([A-Za-z]\w*)=([\w.-]*\w)", text)}
    return known


def recalled(ask: str, conversation: Conversation) -> str | None:
    """Return the answer to a question about what the conversation said earlier, or None if no statement answers it."""
    if not re.search(r"\b(?:what|which|who|tell me|recall|remember|repeat)\b", ask, re.IGNORECASE):
        return None
    known = facts(conversation)
    if re.search(r"\byour name|who are you", ask, re.IGNORECASE) and "your name" in known:
        return f"My name is {known['your name']}."
    asked = set(re.findall(r"[a-z]+", ask.lower()))
    if re.search(r"who am i\b", ask, re.IGNORECASE):
        asked.add("name")
    best = max(
        (key for key in known if set(key.split()) & asked), key=lambda key: len(set(key.split()) & asked), default=None
    )
    if best is not None and set(best.split()[-1:]) & asked:
        return f"{'Your' if ' my ' in f' {ask.lower()} ' else 'The'} {best} is {known[best]}."
    if "remembered" in known and re.search(r"remember|number|code|word|told|said", ask, re.IGNORECASE):
        return f"You asked me to remember {known['remembered']}."
    if re.search(
        r"\b(?:first|previous|last|earlier)\b.*\b(?:message|question|said|say|asked?)\b|did i (?:just )?(?:say|ask|tell)",
        ask,
        re.I,
    ):
        said = conversation.said("user")[:-1]
        if said:
            return f"You said: {said[0] if 'first' in ask.lower() else said[-1]}"
    return None


def new_results(conversation: Conversation) -> list[str]:
    """Return the tool results at the end of the conversation, after the last message of any other role."""
    found: list[str] = []
    for message in reversed(conversation.messages):
        if message.role != "tool":
            break
        found.insert(0, message.text)
    return found


def earlier_results(conversation: Conversation) -> list[str]:
    """Return the last uninterrupted series of tool results, even if other messages follow it."""
    messages = list(conversation.messages)
    while messages and messages[-1].role != "tool":
        messages.pop()
    return new_results(Conversation(tuple(messages)))


def refers_back(ask: str, conversation: Conversation) -> bool:
    """Return whether a prompt refers to a tool result in the conversation, for example by the words `that result`."""
    return bool(_BACK.search(ask)) and bool(earlier_results(conversation))


def is_about(ask: str, results: list[str]) -> bool:
    """Return whether a prompt and the tool results have a word in common."""
    return bool(set(_WORD.findall(ask.lower())) & set(_WORD.findall(" ".join(results).lower())))


def told(results: list[str]) -> str:
    """Convert tool results to readable text."""
    return "; ".join(_spoken(result) for result in results)


def _spoken(result: str) -> str:
    try:
        value: Any = json.loads(result)
    except ValueError:
        return result.strip()
    if isinstance(value, dict):
        return ", ".join(
            f"{key} {item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)}"
            for key, item in value.items()
        )
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
