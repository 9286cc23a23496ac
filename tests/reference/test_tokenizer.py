"""The tokenizer loses nothing and counts what it says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.prompt import Conversation, Message, prompt_tokens


@given(st.text())
def test_every_text_survives_encoding(text: str):
    """Decoding the tokens of a text gives its UTF-8 bytes back."""
    assert TOKENIZER.decode_bytes(TOKENIZER.encode(text)) == text.encode("utf-8", "replace")


@given(st.binary())
def test_every_byte_string_survives_encoding(raw: bytes):
    """Bytes that are no UTF-8 are tokens too."""
    assert TOKENIZER.decode_bytes(TOKENIZER.encode_bytes(raw)) == raw


def test_a_character_outside_ascii_is_several_tokens():
    """An emoji is four tokens, so that streams have to put it together."""
    assert len(TOKENIZER.encode("😀")) == 4


def test_common_words_are_one_token():
    """The vocabulary has words with and without a leading space."""
    assert len(TOKENIZER.encode("The quick brown friend")) == 4


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_prompt_tokens_grow_with_every_message(texts: list[str]):
    """A longer conversation is a longer prompt."""
    messages = tuple(Message("user", text) for text in texts)
    assert prompt_tokens(Conversation(messages)) > prompt_tokens(Conversation(messages[:-1]))
