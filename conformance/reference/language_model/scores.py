"""The toy language model scores each possible next token, given a draft: the text that the model intends to write.

The next token of the draft gets most of the probability. All tokens except the draft's next token share the remaining
probability. The probabilities of all tokens except the draft's next token are noise. The noise in the scores is a
function of only two things: the position in the draft, and the draft's next token. Because the probabilities contain
noise, temperature, top_p, min_p, biases, penalties and seeds work as in a real model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from conformance.reference.language_model.tokenizer import TOKENIZER

_CANDIDATES = 24  # tokens with a score of their own at each step; top_logprobs asks for 20 at most
_TAIL = -6.0  # score of every other printable token
_SURE = 18.0  # a fact: its token has about 0.999 of the mass at temperature 1
_FREE = 10.5  # prose: about a third of the mass goes to other words
_RATHER = 1.1  # by how much the end of an open-ended draft scores better than its continuation
_MORE = " It is good to hear from you again, and I hope that all is well with you and yours."
_CONTINUATION = range(0x80, 0xC0)  # token ids below 256 are bytes

_SPACED = tuple(
    i
    for i in TOKENIZER.printable
    if len(TOKENIZER.tokens[i]) > 3
    and TOKENIZER.tokens[i][1:].isalpha()
    and TOKENIZER.tokens[i][:1] == b" "
    and TOKENIZER.tokens[i].islower()
)
_CLOSERS = b'}])"'


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of the candidates for the next token: log probabilities that are not normalised.

    `explicit` has the scores of individual tokens, by token id.

    Printable tokens that are not in `explicit` have the score `tail`; if `tail` is None, they are forbidden. `Scores`
    objects are cached: for the same position in the same draft, the model always returns the same object.
    """

    explicit: Mapping[int, float]
    tail: float | None


@dataclass(frozen=True, slots=True)
class Script:
    """The draft of an output, and the position in the draft that the model has reached.

    A draft is the text that the model intends to write. A `Script` object is immutable, so that several candidates of a
    beam search can share it. At the token position `end`, the model may end the text although the draft has more
    tokens.
    """

    tokens: tuple[int, ...]
    sure: bool
    at: int = 0
    written: int = 0
    end: int | None = None

    @property
    def planned(self) -> int:
        """Return the next token of the draft, or the end token if the draft is complete."""
        return self.tokens[self.at] if self.at < len(self.tokens) else TOKENIZER.end

    def after(self, token: int) -> Script:
        """Return the draft with the position that the model has reached after it chose a token.

        The chosen token may differ from the next token of the text that the model intends to write.
        """
        at = self.at + 1
        if token != self.planned:
            while at < len(self.tokens) and self.tokens[at] in _CONTINUATION:
                at += 1
        return replace(self, at=min(at, len(self.tokens)), written=self.written + 1)


def script(text: str, *, sure: bool) -> Script:
    """Return a `Script` that begins at the first token of the draft `text`."""
    return Script(tuple(TOKENIZER.encode(text)), sure)


def open_ended(state: Script) -> Script:
    """Return a script that has further tokens after the end of its draft.

    At the end of the draft, the end token has the highest probability.
    """
    return replace(state, tokens=(*state.tokens, *TOKENIZER.encode(_MORE)), end=len(state.tokens))


def _noise(place: int) -> list[int]:
    state = (place * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    found = []
    for _ in range(_CANDIDATES):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        found.append(state >> 33)
    return found


def scores(state: Script) -> Scores:
    """Return the scores of all possible next tokens at the current position of a draft."""
    return _scores(state.planned, state.at, state.sure, state.at == state.end)


@lru_cache(maxsize=16384)
def _scores(planned: int, at: int, sure: bool, ends: bool) -> Scores:
    if planned in _CONTINUATION:
        return Scores({planned: _SURE}, None)  # nobody who began a character ends it otherwise
    worded = not sure and TOKENIZER.tokens[planned][:1] == b" "
    others = _SPACED if worded else TOKENIZER.printable
    top = _FREE - 1.5 if worded else 5.0
    explicit = {
        others[noise % len(others)]: top - 0.45 * rank - (noise & 255) / 1024
        for rank, noise in enumerate(_noise(at * 8191 + planned))
    }
    explicit[TOKENIZER.end] = -2.0
    explicit[planned] = _SURE if sure else _FREE
    if ends:
        explicit[TOKENIZER.end] = explicit[planned] + _RATHER
    return Scores(explicit, _TAIL)


def constrained(state: Script, allowed: int) -> tuple[Script, Scores]:
    """Return the scores of the next token if only tokens in the bit set `allowed` may follow.

    If the next token of the draft is not allowed, the returned script may continue at a later token that is allowed.
    """
    if allowed >> state.planned & 1:
        return state, scores(state)
    for ahead in range(state.at + 1, min(state.at + 12, len(state.tokens))):
        token = state.tokens[ahead]
        if allowed >> token & 1 and token not in _CONTINUATION:
            moved = replace(state, at=ahead)
            return moved, scores(moved)
    return state, Scores(_ways_out(allowed, state), None)


def _ways_out(allowed: int, state: Script) -> dict[int, float]:
    """Scores that bring a constrained output to its end soon, whatever the constraint."""
    explicit: dict[int, float] = {}
    rest = allowed
    while rest and len(explicit) < 2048:
        lowest = rest & -rest
        token = lowest.bit_length() - 1
        rest ^= lowest
        explicit[token] = _way_out(token) - ((token * 2654435761 + state.written * 40503) >> 7 & 1023) / 256
    return explicit


def _way_out(token: int) -> float:
    if token == TOKENIZER.end:
        return 40.0
    raw = TOKENIZER.tokens[token]
    if raw.isspace():
        return -20.0
    if all(byte in _CLOSERS for byte in raw):
        return 24.0
    if raw in {b":", b"-", b".", b"@", b"/"}:
        return 20.0
    if raw == b",":
        return 16.0
    return 14.0 - len(raw) if raw.isalnum() else 8.0 - len(raw) if raw.isascii() else 4.0
