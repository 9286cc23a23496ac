"""Constrained decoding determines which tokens a constraint allows next.

A constraint is a JSON schema, a regular expression, a list of choices or a grammar.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.language_model.unique import spelled_out

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer


class ConstraintError(ValueError):
    """The constraint is invalid or not supported; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A constraint on the output; `kind` is json_object, json_schema, regex, choice or grammar."""

    kind: str
    value: Any = None
    param: str = "response_format"
    lenient: bool = (
        False  # ignore schema keywords that cannot be enforced (only where the contract does not promise them)
    )

    def grammar(self) -> str:
        """Return the grammar for llguidance that enforces the constraint."""
        from llguidance import LLMatcher

        match self.kind:
            case "json_object":
                return LLMatcher.grammar_from_json_schema({"type": "object"})
            case "json_schema":
                options: Any = {"lenient": self.lenient}
                return LLMatcher.grammar_from_json_schema(json.dumps(spelled_out(self.value)), overrides=options)
            case "regex":
                return LLMatcher.grammar_from_regex(self.value)
            case "choice":
                return LLMatcher.grammar_from_regex("|".join(f"({_escaped(choice)})" for choice in self.value))
        from llguidance.gbnf_to_lark import any_to_lark

        return LLMatcher.grammar_from_lark(any_to_lark(self.value))


def _escaped(text: str) -> str:
    return re.sub(r"([^\w\s])", r"\\\1", text, flags=re.ASCII) if text.isascii() else re.escape(text)


class _Wrapped:
    """The tokenizer interface of llguidance."""

    def __init__(self) -> None:
        self.tokens = list(TOKENIZER.tokens)
        self.eos_token_id = TOKENIZER.end
        self.bos_token_id = None
        self.special_token_ids = [TOKENIZER.end]

    def __call__(self, text: bytes | str) -> list[int]:
        return TOKENIZER.encode_bytes(text if isinstance(text, bytes) else text.encode())


@lru_cache(maxsize=1)
def _tokenizer() -> LLTokenizer:
    from llguidance import LLTokenizer, TokenizerWrapper

    return LLTokenizer(TokenizerWrapper(_Wrapped()))


@lru_cache(maxsize=256)
def _compiled(grammar: str) -> LLMatcher:
    from llguidance import LLMatcher

    matcher = LLMatcher(_tokenizer(), grammar, log_level=0)
    if matcher.is_error():
        raise ConstraintError(matcher.get_error().splitlines()[0])
    return matcher


class Constraint:
    """The state of constrained decoding for one output."""

    def __init__(self, guide: Guide) -> None:
        """Compile (or take from the cache).

        Raises:
            ConstraintError: the guide is not a valid schema, regex or grammar.

        """
        try:
            self._matcher = _compiled(guide.grammar()).deep_copy()
        except (TypeError, ValueError) as error:
            raise error if isinstance(error, ConstraintError) else ConstraintError(str(error)) from error
        except RecursionError:
            raise ConstraintError("The schema is nested too deeply.") from None

    def allowed(self) -> int:
        """Return the token ids that may come next as a bit set: bit n is 1 if token n is allowed.

        In the returned bit set, the bit of the end token is 1 if the output may end now.
        """
        if self._matcher.is_error():
            raise RuntimeError(f"The constraint broke while decoding: {self._matcher.get_error()}")
        return int.from_bytes(self._matcher.compute_bitmask(), "little")

    def accept(self, token: int) -> None:
        """Add an allowed token to the output."""
        self._matcher.consume_token(token)

    def admits(self, text: str) -> bool:
        """Return whether the output may continue with the given text and then end."""
        matcher, tokens = self._matcher.deep_copy(), TOKENIZER.encode(text)
        return (
            matcher.validate_tokens(tokens) == len(tokens) and matcher.consume_tokens(tokens) and matcher.is_accepting()
        )

    def copy(self) -> Constraint:
        """Return a copy of the decoding state, which can change independently."""
        twin = object.__new__(Constraint)
        twin._matcher = self._matcher.deep_copy()
        return twin
