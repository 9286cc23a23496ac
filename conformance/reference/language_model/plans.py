"""Rules that determine which answer the model intends to give in a conversation.

The model's rules match patterns of language ("count from … to …", "my … is …"), never the wording of a particular test.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from conformance.reference.language_model.literal import bare, bare_wish, dictated, literal
from conformance.reference.language_model.memory import (
    earlier_results,
    facts,
    is_about,
    new_results,
    recalled,
    refers_back,
    told,
)
from conformance.reference.language_model.prose import poem, story
from conformance.reference.prompt import Conversation, attended

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


@dataclass(frozen=True, slots=True)
class Answer:
    """The text that the model intends to write. `sure` is true for a definite answer and false for free prose."""

    text: str
    sure: bool = True


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
    said = dictated(ask)
    return Answer(said) if said else None


def _recall(ask: str, conversation: Conversation) -> Answer | None:
    said = recalled(ask, conversation)
    return Answer(said) if said else None


def _capital(ask: str, _: Conversation) -> Answer | None:
    found = re.search(r"capital (?:city )?of ((?:the )?[a-z ]+)", ask, re.IGNORECASE)
    if not found:
        return None
    land = next((name for name in _CAPITALS if found[1].lower().startswith(name)), None)
    return Answer(f"The capital of {land.title()} is {_CAPITALS[land]}.") if land else None


def calculate(left: float, operator: str, right: float) -> str:
    """Calculate with two numbers, and return the result as text. The text of an integer has no decimal places."""
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
    results = new_results(conversation)
    if not results and refers_back(ask, conversation):
        results = earlier_results(conversation)
    if not results:
        return None
    said = told(results)
    numbers = re.findall(r"-?\d+(?:\.\d+)?", said)
    sum_asked = re.search(r"\b(?:add|plus)\s+(\d+)|\b(?:double|twice)\b", ask, re.IGNORECASE)
    if sum_asked and numbers:
        total = (
            calculate(float(numbers[0]), "+", float(sum_asked[1]))
            if sum_asked[1]
            else calculate(float(numbers[0]), "*", 2)
        )
        return Answer(f"The result is {numbers[0]}, which makes {total}.")
    return Answer(f"The result is {said}.")


def _old_result(ask: str, conversation: Conversation) -> Answer | None:
    results = earlier_results(conversation)
    return Answer(f"The result is {told(results)}.") if results and is_about(ask, results) else None


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
    _tool_result, _counting, _recall, _literal, _capital, _arithmetic, _listing, _old_result, _greeting, _acknowledgement,
)  # fmt: skip


def answer(conversation: Conversation) -> Answer:
    """Return the text that the model intends to write, which follows the instructions in system messages."""
    conversation = attended(conversation)
    ask = conversation.last("user")
    found = _bare_value(ask, conversation) or _ruled(ask, conversation)
    return _obey(found or _prose(ask, conversation), conversation)


def _ruled(ask: str, conversation: Conversation) -> Answer | None:
    return next((said for rule in _RULES if (said := rule(ask, conversation)) is not None), None)


def _bare_value(ask: str, conversation: Conversation) -> Answer | None:
    """The number, or the name, that alone is asked for: of the question's answer, or of what was said last."""
    wish = bare_wish(ask)
    if wish is None:
        return None
    question, noun = wish
    found = _ruled(question, conversation) if question else None
    if found is None:
        results, said = earlier_results(conversation), conversation.last("assistant")
        found = Answer(told(results)) if results else Answer(said) if said and not question else None
    return Answer(bare(found.text, noun), found.sure) if found else None


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
