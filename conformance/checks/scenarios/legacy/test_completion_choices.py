"""Text completions with several prompts, several choices, log probabilities, or an echo of the prompt.

Several parameters are tested together in one request. A parameter that is not honoured in a request with several
parameters is sent in a separate request, and only the separate response is judged.
"""

from __future__ import annotations

from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.invariants.logprobs import NOISE
from conformance.engine.clients import Http
from conformance.reply import NotAnswered
from conformance.wire import Exchange

from .test_completions import COUNT, OTHER, choices_of, complete, text_of

ARRAYS = ("tokens", "token_logprobs", "top_logprobs", "text_offset")
BOTH = [OTHER, COUNT]


def choices_in(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the choices of a text completion; [] if there are none."""
    try:
        return choices_of(exchange)
    except NotAnswered:
        return []


@probe
async def several_with_logprobs(http: Http, completed: Exchange) -> Exchange:
    """Send two prompts in one request, and request log probabilities."""
    return await complete(http, completed, BOTH, logprobs=2)


@probe
async def several_prompts(http: Http, completed: Exchange, several_with_logprobs: Exchange) -> Exchange:
    """Send two prompts in one request, unless the target accepted two prompts in a request with `logprobs`."""
    if choices_in(several_with_logprobs):
        return several_with_logprobs
    return await complete(http, completed, BOTH)


@requirement("completions.prompt-array")
def test_every_prompt_gets_its_choice(completed: Exchange, several_prompts: Exchange) -> None:
    alone = text_of(choices_of(completed)[0])
    choices = choices_of(several_prompts)
    indexes = [choice.get("index") for choice in choices]
    expect(indexes == [0, 1], "choices with index 0 and 1", got=indexes, where="/choices", on=several_prompts)
    first, second = (text_of(choice) for choice in choices)
    begins = alone[:8]
    premise(
        begins and (first[:8] == begins) != (second[:8] == begins), "the texts do not show which prompt each belongs to"
    )
    expected = f"the text of the second prompt alone, {alone!r}"
    expect(second[:8] == begins, expected, got=second, where="/choices/1/text", on=several_prompts)


def has_arrays(choice: dict[str, Any]) -> bool:
    """Return whether the log probabilities of a choice have all arrays, with as many entries as there are tokens."""
    found = choice.get("logprobs")
    arrays = [found.get(name) for name in ARRAYS] if isinstance(found, dict) else []
    sizes = {len(array) if isinstance(array, list) else 0 for array in arrays}
    return len(sizes) == 1 and 0 not in sizes


@probe
async def with_logprobs(http: Http, completed: Exchange, several_with_logprobs: Exchange) -> Exchange:
    """Request log probabilities and two alternatives for each token.

    No request is sent if the response to the request with two prompts already has log probabilities.
    """
    choices = choices_in(several_with_logprobs)
    if choices and has_arrays(choices[0]) and spells(choices[0]):
        return several_with_logprobs
    return await complete(http, completed, max_tokens=4, logprobs=2)


@requirement("completions.logprobs")
def test_logprobs_are_arrays_of_one_length(with_logprobs: Exchange) -> None:
    first = choices_of(with_logprobs)[0]
    found = first.get("logprobs")
    premise(text_of(first) or found, "the model returned no text, so there are no tokens")
    where = "/choices/0/logprobs"
    arrays = {name: found.get(name) if isinstance(found, dict) else None for name in ARRAYS}
    lists = {name: array for name, array in arrays.items() if isinstance(array, list)}
    whole = len(lists) == len(ARRAYS)
    expect(whole, f"an object with the arrays {', '.join(ARRAYS)}", got=found, where=where, on=with_logprobs)
    lengths = {name: len(array) for name, array in lists.items()}
    even = len(set(lengths.values())) == 1 and (any(lengths.values()) or not text_of(first))
    expect(even, "four arrays of one length", got=lengths, where=where, on=with_logprobs)
    numbers = lists["token_logprobs"]
    good = all(isinstance(number, int | float) and number <= NOISE for number in numbers)
    expect(good, "numbers of at most 0", got=numbers, where=f"{where}/token_logprobs", on=with_logprobs)


def letters(text: str) -> str:
    """Return only the ASCII letters and digits of a text.

    Some engines write characters other than ASCII letters and digits differently in their tokens.
    """
    return "".join(char for char in text if char.isascii() and char.isalnum())


def spells(choice: dict[str, Any]) -> bool:
    """Return whether the tokens in the log probabilities of a choice contain the beginning of its text."""
    found = choice.get("logprobs")
    tokens = found.get("tokens") if isinstance(found, dict) else None
    begin = letters(text_of(choice))[:4]
    return bool(begin) and isinstance(tokens, list) and begin in letters("".join(map(str, tokens)))


@requirement("completions.prompt-array.logprobs")
def test_every_prompt_has_its_own_logprobs(several_with_logprobs: Exchange, with_logprobs: Exchange) -> None:
    premise(
        spells(choices_of(with_logprobs)[0]),
        "with one prompt, the tokens do not spell the text",
        see="completions.logprobs",
    )
    for number, choice in enumerate(choices_of(several_with_logprobs)):
        premise(letters(text_of(choice)), "the model returned no text")
        expected = f"the log probabilities of {text_of(choice)!r}"
        where = f"/choices/{number}/logprobs"
        expect(spells(choice), expected, got=choice.get("logprobs"), where=where, on=several_with_logprobs)


@probe
async def two_echoes(http: Http, completed: Exchange) -> Exchange:
    """Request the best two of three completions, with `echo: true`: each choice then begins with the prompt."""
    return await complete(http, completed, max_tokens=4, n=2, best_of=3, echo=True, temperature=1)


@probe
async def two_completions(http: Http, completed: Exchange, two_echoes: Exchange) -> Exchange:
    """Request two choices for one prompt, unless an earlier response already has two choices."""
    if [choice.get("index") for choice in choices_in(two_echoes)] == [0, 1]:
        return two_echoes
    return await complete(http, completed, OTHER, max_tokens=4, n=2, temperature=1)


@requirement("completions.n")
def test_n_gives_as_many_completions(two_completions: Exchange) -> None:
    indexes = [choice.get("index") for choice in choices_of(two_completions)]
    expect(indexes == [0, 1], "choices with index 0 and 1", got=indexes, where="/choices", on=two_completions)


@probe
async def best_of_some(http: Http, completed: Exchange, two_echoes: Exchange) -> Exchange:
    """Request one completion with `best_of: 2`, unless another response shows that `best_of` works."""
    if len(choices_in(two_echoes)) == 2:
        return two_echoes
    return await complete(http, completed, OTHER, max_tokens=4, n=1, best_of=2, temperature=1)


@requirement("completions.best-of")
def test_best_of_returns_as_many_as_n(best_of_some: Exchange) -> None:
    found, wanted = len(choices_of(best_of_some)), best_of_some.request.json["n"]
    expect(found == wanted, f"{wanted} choices, the value of `n`", got=found, where="/choices", on=best_of_some)


@probe
async def echoed(http: Http, completed: Exchange, two_echoes: Exchange) -> Exchange:
    """Request a text completion with `echo`.

    If an earlier response already has the prompt before the completion, no request is sent.
    """
    choices = choices_in(two_echoes)
    if choices and begins_with_prompt(text_of(choices[0])):
        return two_echoes
    return await complete(http, completed, max_tokens=4, echo=True)


def begins_with_prompt(text: str) -> bool:
    """Return whether a text begins with the prompt."""
    return text.lstrip().startswith(COUNT)


@requirement("completions.echo")
def test_echo_puts_the_prompt_before_the_completion(echoed: Exchange) -> None:
    text = text_of(choices_of(echoed)[0])
    expect(begins_with_prompt(text), f"a text that begins with {COUNT!r}", got=text, where="/choices/0/text", on=echoed)
