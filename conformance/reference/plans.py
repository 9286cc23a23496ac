"""What the model wants to say: a small table of rules from a conversation to an intended answer.

The rules read patterns of language ("count from … to …", "my … is …"), never the wording of a particular test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.reference.prompt import Conversation
from conformance.reference.prose import poem, story

_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBER_WORDS = _NUMBERS.split()
_CAPITALS = {
    "france": "Paris", "germany": "Berlin", "italy": "Rome", "spain": "Madrid", "japan": "Tokyo", "england": "London",
    "the united kingdom": "London", "portugal": "Lisbon", "austria": "Vienna", "greece": "Athens", "norway": "Oslo",
    "sweden": "Stockholm", "poland": "Warsaw", "ireland": "Dublin", "canada": "Ottawa", "egypt": "Cairo",
}  # fmt: skip
_LISTS = {
    "colo": "red blue green yellow orange purple silver gold", "fruit": "apple banana cherry mango orange pear plum fig",
    "animal": "dog cat horse bear bird fish snake lion", "city|cities": "Paris London Tokyo Berlin Rome Madrid Oslo Cairo",
    "countr": "France Germany Italy Spain Japan Norway Sweden Egypt", "planet": "Mercury Venus Earth Mars Jupiter Saturn",
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "month": "January February March April May June July August",
}  # fmt: skip
_FRAMES = {
    "french": "Bonjour ! Voici ma réponse : {}", "spanish": "¡Hola! Aquí está mi respuesta: {}",
    "german": "Guten Tag! Hier ist meine Antwort für Sie: {}", "italian": "Ciao! Ecco la mia risposta: {}",
    "chinese": "你好!我的回答是:{}", "japanese": "こんにちは。答えは次のとおりです:{}",
}  # fmt: skip
_QUOTED = re.compile(r"^[\s:]*(?:\"([^\"]+)\"|'([^']+)'|`([^`]+)`|“([^”]+)”|«([^»]+)»)")
_EXACT = re.compile(
    r"\b(?:repeat|echo|say|reply|respond|answer|write|output|print|return)\b"
    r"(?:\s+(?:back|after me|only|exactly|just|simply|with|the|following|this|single|exact|literal|word|words|text|phrase|"
    r"sentence|string|line|letter|number|emoji|characters?|message|verbatim|to me|and nothing else|using|of))*"
    r"\s*:?\s+(?P<what>.+)",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = re.compile(
    r"(?:[\s,;.]+(?:and|but|with|without)?\s*(?:nothing else|nothing more|no other|only that|no punctuation|no explanation|"
    r"do not add|don't add|exactly|verbatim)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_VAGUE = re.compile(r"^(?:something|anything|a|an|some|about|me|your|in|as|to|if|when|how|what|why|the following|for|one|two|three|my"
                    r"|based|it|by|from|yes or no|any|no more|\d+ )\b", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """Intended text and how sure the model is of each token (1 is certain, 0 free prose)."""

    text: str
    sure: bool = True


def literal(raw: str) -> str:
    """The text meant by `: "X" and nothing else.`: the quoted part, or the words up to the end of the sentence."""
    quoted = _QUOTED.match(raw)
    if quoted:
        return next(group for group in quoted.groups() if group)
    raw = raw.strip().splitlines()[0] if raw.strip() else ""
    raw = _TAIL.sub("", raw.strip())
    return re.split(r"(?<=[.!?])\s+[A-Z]", raw)[0].strip().removesuffix(".").strip("\"'` ")


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBER_WORDS.index(word)


def _counting(ask: str, _: Conversation) -> Answer | None:
    number = r"(\d+|" + "|".join(_NUMBER_WORDS) + r")\b"
    found = re.search(
        rf"\b(?:count|numbers?|integers?|list|write|from)\b[^.]*?\b{number}\s*(?:to|through|up to|until|-|\u2013)\s*{number}",
        ask,
        re.I,
    )
    short = re.search(rf"\bcount(?:ing)?\b(?:\s+(?:up|out loud|aloud))*\s+to\s+{number}", ask, re.IGNORECASE)
    if not found and not short:
        return None
    first, last = (_number(found[1].lower()), _number(found[2].lower())) if found else (1, _number(short[1].lower()))  # type: ignore[index]
    step = 1 if last >= first else -1
    numbers = [str(n) for n in range(first, last + step, step)][:5000]
    glue = (
        "\n"
        if re.search(r"\bline|newline", ask, re.IGNORECASE)
        else " "
        if "separated by space" in ask.lower()
        else ", "
    )
    return Answer(glue.join(numbers))


def _literal(ask: str, _: Conversation) -> Answer | None:
    found = _EXACT.search(ask)
    if not found or _VAGUE.match(found["what"].strip()):
        return None
    return Answer(literal(found["what"])) if literal(found["what"]) else None


def facts(conversation: Conversation) -> dict[str, str]:
    """What has been stated so far: `my name is Ada` → name: Ada. Later statements win."""
    known: dict[str, str] = {}
    for text in conversation.said("system", "user", "assistant"):
        for key, value in re.findall(
            r"\b(?:my|the|our|your)\s+((?:[a-z]+\s+){0,3}?[a-z]+)\s+(?:is|are|=)\s+(?!what|\?)([^.,;!?\n]+)",
            text,
            re.IGNORECASE,
        ):
            known[key.lower()] = literal(value)
        for value in re.findall(
            r"\b[Rr]emember\b[^.\n]*?\b(?:number|code|word|this|:)\s*:?\s*[\"']?([\w-]*[\dA-Z][\w-]*)", text
        ):
            known["remembered"] = value
        if named := re.search(r"\b(?:call me|I am called|I'm called|my name's|I am|I'm)\s+([A-Z][\w-]+)", text):
            known["name"] = named[1]
        if named := re.search(r"\byou are(?: called| named)?\s+([A-Z][\w-]+)", text):
            known["your name"] = named[1]
    return known


def _recall(ask: str, conversation: Conversation) -> Answer | None:
    if not re.search(r"\b(?:what|which|who|tell me|recall|remember|repeat)\b", ask, re.IGNORECASE):
        return None
    known = facts(conversation)
    if re.search(r"\byour name|who are you", ask, re.IGNORECASE) and "your name" in known:
        return Answer(f"My name is {known['your name']}.")
    asked = set(re.findall(r"[a-z]+", ask.lower()))
    if re.search(r"who am i\b", ask, re.IGNORECASE):
        asked.add("name")
    best = max(
        (key for key in known if set(key.split()) & asked), key=lambda key: len(set(key.split()) & asked), default=None
    )
    if best is not None and set(best.split()[-1:]) & asked:
        return Answer(f"{'Your' if ' my ' in f' {ask.lower()} ' else 'The'} {best} is {known[best]}.")
    if "remembered" in known and re.search(r"remember|number|code|word|told|said", ask, re.IGNORECASE):
        return Answer(f"You asked me to remember {known['remembered']}.")
    if re.search(
        r"\b(?:first|previous|last|earlier)\b.*\b(?:message|question|said|say|asked?)\b|did i (?:just )?(?:say|ask|tell)",
        ask,
        re.I,
    ):
        said = conversation.said("user")[:-1]
        if said:
            return Answer(f"You said: {said[0] if 'first' in ask.lower() else said[-1]}")
    return None


def _capital(ask: str, _: Conversation) -> Answer | None:
    found = re.search(r"capital (?:city )?of ((?:the )?[a-z ]+)", ask, re.IGNORECASE)
    if not found:
        return None
    land = next((name for name in _CAPITALS if found[1].lower().startswith(name)), None)
    return Answer(f"The capital of {land.title()} is {_CAPITALS[land]}.") if land else None


def calculate(left: float, operator: str, right: float) -> str:
    """Two numbers and a sign or word, as text without a needless fraction."""
    value = {
        "+": lambda: left + right, "plus": lambda: left + right, "-": lambda: left - right, "minus": lambda: left - right,
        "*": lambda: left * right, "x": lambda: left * right, "times": lambda: left * right, "\u00d7": lambda: left * right,
        "multiplied by": lambda: left * right, "/": lambda: left / right if right else 0.0,
        "divided by": lambda: left / right if right else 0.0,
    }[operator.lower()]()  # fmt: skip
    return str(int(value)) if value == int(value) else f"{value:g}"


def _arithmetic(ask: str, _: Conversation) -> Answer | None:
    found = re.search(
        r"(-?\d+(?:\.\d+)?)\s*(\+|-|\*|\u00d7|/|x\b|plus|minus|times|multiplied by|divided by)\s*(-?\d+(?:\.\d+)?)",
        ask,
        re.I,
    )
    return Answer(calculate(float(found[1]), found[2], float(found[3]))) if found else None


def _listing(ask: str, _: Conversation) -> Answer | None:
    if re.search(r"alphabet", ask, re.IGNORECASE):
        return Answer(", ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    found = re.search(r"\b(?:list|name|give|write|tell)\b", ask, re.IGNORECASE)
    items = next((words for key, words in _LISTS.items() if re.search(rf"\b(?:{key})", ask, re.IGNORECASE)), None)
    if not found or not items:
        return None
    number = re.search(r"\b(\d+|" + "|".join(_NUMBER_WORDS[1:]) + r")\b", ask, re.IGNORECASE)
    return Answer(", ".join(items.split()[: _number(number[1].lower()) if number else 5]))


def _greeting(ask: str, _: Conversation) -> Answer | None:
    if re.match(r"\s*(?:hi|hello|hey|good (?:morning|evening)|ping|test)\b", ask, re.IGNORECASE) and len(ask) < 60:
        return Answer("Hello! How can I help you today?")
    if re.search(r"yes or no\b", ask, re.IGNORECASE):
        return Answer("Yes")
    return None


def _acknowledgement(ask: str, conversation: Conversation) -> Answer | None:
    stated = facts(Conversation(conversation.messages[-1:]))
    return Answer("Understood. I will keep that in mind.") if stated and "?" not in ask else None


def _tool_result(ask: str, conversation: Conversation) -> Answer | None:
    results: list[str] = []
    for message in reversed(conversation.messages):
        if message.role != "tool":
            break
        results.insert(0, message.text)
    if not results:
        return None
    told = "; ".join(_spoken(result) for result in results)
    numbers = re.findall(r"-?\d+(?:\.\d+)?", told)
    sum_asked = re.search(r"\b(?:add|plus)\s+(\d+)|\b(?:double|twice)\b", ask, re.IGNORECASE)
    if sum_asked and numbers:
        total = (
            calculate(float(numbers[0]), "+", float(sum_asked[1]))
            if sum_asked[1]
            else calculate(float(numbers[0]), "*", 2)
        )
        return Answer(f"The result is {numbers[0]}, which makes {total}.")
    return Answer(f"The result is {told}.")


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


def _prose(ask: str, conversation: Conversation) -> Answer:
    if conversation.messages and conversation.messages[-1].images:
        return Answer("The image shows a small picture with a plain colour.")
    if re.search(r"\bpoem|haiku|verse", ask, re.IGNORECASE):
        return Answer(poem(ask), sure=False)
    wanted = re.search(
        r"\b(\d+|" + "|".join(_NUMBER_WORDS[1:]) + r")(?:[- ](?:short|long))?[- ]sentences?\b", ask, re.IGNORECASE
    )
    if wanted:
        return Answer(story(ask, _number(wanted[1].lower())), sure=False)
    long = re.search(r"\b(?:long|detailed|essay|at length|thousand|[1-9]\d\d+ words)\b", ask, re.IGNORECASE)
    brief = re.search(r"\b(?:short|brief|briefly|one line|concise)\b", ask, re.IGNORECASE)
    return Answer(story(ask, 60 if long else 2 if brief else 12), sure=False)


_RULES: tuple[Callable[[str, Conversation], Answer | None], ...] = (
    _tool_result, _counting, _recall, _literal, _capital, _arithmetic, _listing, _greeting, _acknowledgement,
)  # fmt: skip


def answer(conversation: Conversation) -> Answer:
    """The text the model intends to write, system rules obeyed."""
    ask = conversation.last("user")
    found = next((said for rule in _RULES if (said := rule(ask, conversation)) is not None), None)
    return _obey(found or _prose(ask, conversation), conversation)


def _obey(said: Answer, conversation: Conversation) -> Answer:
    text, sure = said.text, said.sure
    every = r"(?:every|each|all|your|any)\s+(?:of your\s+)?(?:answer|repl|message|response|sentence)\w*"
    for rule in conversation.said("system"):
        only = re.search(r"(?<!every )(?<!each )(?<!all )(?<!any )(?<!your )\b(?:answer|reply|respond)\b(?:\s+(?:to (?:everything|every \w+|all \w+|any \w+|the user)|always))*"
                         r"(?:\s+(?:only|just|exactly|always))?\s+with\s+(?:only\s+|just\s+|exactly\s+)?"
                         r"(?:(?:the|this|single|exact|word|text|phrase|string|token)\s+)*(.+)|\balways say\s+(.+)", rule, re.I)  # fmt: skip
        if only and not re.match(
            r"(?:a|an|one|json|short|at most|upper|in)\b", (only[1] or only[2]).strip(), re.IGNORECASE
        ):
            text, sure = literal(only[1] or only[2]), True
    for rule in conversation.said("system"):
        for tongue, frame in _FRAMES.items():
            if re.search(rf"\bin {tongue}\b|speak {tongue}", rule, re.IGNORECASE):
                text = frame.format(text)
        word = r"(?:the\s+)?(?:exact\s+)?(?:word|text|phrase|string|token|marker)?\s*(.+)"
        if last := re.search(rf"\b(?:end|finish|close)\s+{every}\s+with\s+{word}", rule, re.IGNORECASE):
            text = f"{text} {literal(last[1])}"
        if first := re.search(rf"\b(?:begin|start|prefix|open)\s+{every}\s+with\s+{word}", rule, re.IGNORECASE):
            text = f"{literal(first[1])} {text}"
    rules = " ".join([*conversation.said("system"), conversation.last("user")])
    if re.search(r"\b(?:upper[- ]?case|all caps|capital letters|capitals)\b", rules, re.IGNORECASE):
        text = text.upper()
    elif re.search(r"\b(?:lower[- ]?case)\b", rules, re.IGNORECASE):
        text = text.lower()
    return Answer(text, sure)
