"""Converts text to tokens and back with a fixed byte-level vocabulary.

Within a word or run of punctuation, the longest matching token is chosen. Each token is a string of bytes. In the
tokenizer's vocabulary, a non-ASCII character consists of several tokens. Code that uses the tokenizer must join the
bytes of several tokens before it decodes UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from conformance.reference.language_model.words import COMMON, PUNCTUATION, SUBWORDS

_PIECE = re.compile(rb" ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9\x80-\xff]+|[\x80-\xff]+|\s+")


def _vocabulary() -> tuple[bytes, ...]:
    """All single bytes first (a token id below 256 is that byte), then words, numbers, punctuation; no end token."""
    tokens = [bytes([value]) for value in range(256)]
    words = [form for word in COMMON for form in (word, word.lower(), word.capitalize(), word.upper())]
    numbers = [str(n) for n in range(10, 100)]
    stems = [*words, *SUBWORDS, *numbers, *"0123456789", *PUNCTUATION]
    spaced = [f" {stem}" for stem in stems]
    whitespace = ["\n\n", "  ", "    ", "\n  ", "\n    ", "\r\n"]
    tokens.extend(text.encode() for text in [*stems, *spaced, *whitespace])
    return tuple(dict.fromkeys(tokens))


class Tokenizer:
    """A tokenizer with its vocabulary. `decode_bytes(encode(text)) == text.encode()` for every text."""

    def __init__(self) -> None:
        """Build the vocabulary; `end` is the id of the token that ends a turn and has no bytes in text."""
        words = _vocabulary()
        self.tokens: tuple[bytes, ...] = (*words, b"<|end|>")
        self.end: int = len(words)
        self.size: int = len(self.tokens)
        self._ids = {token: index for index, token in enumerate(words)}
        self._longest = max(map(len, words))
        # What noise may fall on: tokens that are whole characters and not control bytes, so that no sampling
        # setting can produce invalid UTF-8.
        self.printable: tuple[int, ...] = tuple(
            index
            for index, token in enumerate(words)
            if token.isascii() and (token.decode().isprintable() or token == b"\n")
        )
        self.printable_bits: int = sum(1 << index for index in self.printable)
        self._piece = lru_cache(maxsize=65536)(self._encode_piece)

    def encode(self, text: str) -> list[int]:
        """Return the token ids of `text`. A lone surrogate counts as '?', because UTF-8 cannot represent it."""
        return self.encode_bytes(text.encode("utf-8", "replace"))

    def encode_bytes(self, raw: bytes) -> list[int]:
        """Return the token ids of bytes, which need not be valid UTF-8."""
        found: list[int] = []
        for piece in _PIECE.findall(raw):
            found.extend(self._piece(piece) if len(piece) <= 64 else self._encode_piece(piece))
        return found

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Return the bytes of the tokens; the end token has no bytes."""
        return b"".join(self.tokens[index] for index in ids if index != self.end)

    def text(self, index: int) -> str:
        """Return one token as text.

        As in OpenAI's log probabilities, bytes of an incomplete character become escape sequences.
        """
        raw = self.tokens[index]
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return "bytes:" + "".join(f"\\x{value:02x}" for value in raw)

    def _encode_piece(self, piece: bytes) -> tuple[int, ...]:
        found: list[int] = []
        position = 0
        while position < len(piece):
            for length in range(min(self._longest, len(piece) - position), 0, -1):
                index = self._ids.get(piece[position : position + length])
                if index is not None:
                    found.append(index)
                    position += length
                    break
        return tuple(found)


TOKENIZER = Tokenizer()
