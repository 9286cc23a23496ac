"""Finds secrets whose characters are spread over several stream events or over a list of tokens."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.wire.json_data import parse_json
from conformance.wire.spellings import REDACTED

Find = Callable[[str], list[tuple[int, int]]]

_SEPARATOR = b"\x1e"  # before each message of a WebSocket in a body, see messages.py
_LINE_END = re.compile(rb"(\r\n|\n|\r)")
_BOM = b"\xef\xbb\xbf"
_TEXTLESS = frozenset({int, float, bool, type(None)})
_INDEX = ("index", "output_index", "content_index", "item_id")


@dataclass(slots=True)
class _Piece:
    """One text and its location: the document and the object or list in it."""

    document: int
    holder: Any
    key: Any
    text: str


def without_pieces(body: bytes, find: Find, *, on_socket: bool = False) -> bytes:
    """Return the body of a stream after removing each secret that is spread over several events.

    The texts of the same field are joined across all events, and secrets are searched for in the joined text. `find` is
    a function that returns the locations of secrets in a text. Events that contain no part of a secret stay unchanged.
    """
    parts, documents = _messages(body) if on_socket else _events(body)
    changed = _take_out([data for _, data in documents], find)
    for number in changed:
        (first, *others), data = documents[number]
        parts[first] = (b"" if on_socket else b"data: ") + _written(data) + (b"\n" if on_socket else b"")
        for line in others:
            parts[line : line + 2] = [b""] * len(parts[line : line + 2])
    return (_SEPARATOR if on_socket else b"").join(parts) if changed else body


def without_tokens(body: bytes, find: Find) -> bytes:
    """Return a JSON body after removing each secret that is spread over several tokens in a list."""
    try:
        data = parse_json(body)
    except ValueError:
        return body
    return _written(data) if _take_out([data], find) else body


def _messages(body: bytes) -> tuple[list[bytes], list[tuple[list[int], Any]]]:
    """Return the messages in the body of a WebSocket turn, and the JSON ones with their position."""
    parts = body.split(_SEPARATOR)
    return parts, [([place], data) for place, part in enumerate(parts) if (data := _data(part)) is not None]


def _events(body: bytes) -> tuple[list[bytes], list[tuple[list[int], Any]]]:
    """Return the lines and line ends of a stream, and the JSON of each event with the positions of its lines."""
    parts = _LINE_END.split(body.removeprefix(_BOM))
    documents: list[tuple[list[int], Any]] = []
    lines: list[int] = []
    for place in range(0, len(parts), 2):
        if parts[place].startswith(b"data:"):
            lines.append(place)
        if lines and (not parts[place] or place == len(parts) - 1):
            data = _data(b"\n".join(parts[line][5:] for line in lines))
            if data is not None:
                documents.append((lines, data))
            lines = []
    return parts, documents


def _data(text: bytes) -> Any:
    """Return data that may contain text, or None."""
    try:
        data = parse_json(text)
    except ValueError:
        return None
    return data if isinstance(data, dict | list) else None


def _written(data: Any) -> bytes:
    try:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a character, which only an escape can say
        return json.dumps(data, separators=(",", ":")).encode()


def _take_out(documents: list[Any], find: Find) -> list[int]:
    """Remove the secrets from the texts of the documents; return the numbers of the changed documents."""
    texts: dict[tuple[Any, ...], list[_Piece]] = defaultdict(list)
    for number, data in enumerate(documents):
        for path, piece in _pieces(data, number, ()):
            texts[path].append(piece)
    changed: set[int] = set()
    for pieces in texts.values():
        if len(pieces) > 1:
            spans = find("".join(piece.text for piece in pieces))
            changed.update(_replace(pieces, spans))
    return sorted(changed)


def _pieces(value: Any, document: int, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], _Piece]]:
    """Yield every text with the path of its continuation: the same choice, output item and part."""
    if isinstance(value, dict):
        which = tuple(value[name] for name in _INDEX if isinstance(value.get(name), int | str))
        path = (*path, which) if which else path
        for key, inner in value.items():
            if type(inner) in _TEXTLESS:
                continue
            if isinstance(inner, str):
                yield (*path, key), _Piece(document, value, key, inner)
            else:
                yield from _pieces(inner, document, (*path, key))
    elif isinstance(value, list):
        path = (*path, "*")
        for place, inner in enumerate(value):
            if type(inner) in _TEXTLESS:
                continue
            if isinstance(inner, str):
                yield path, _Piece(document, value, place, inner)
            else:
                yield from _pieces(inner, document, path)


def _replace(pieces: list[_Piece], spans: list[tuple[int, int]]) -> Iterator[int]:
    """Cut the spans out of the pieces and put a mark at each start; return the changed documents."""
    at, waiting = 0, iter(spans)
    span = next(waiting, None)
    for piece in pieces:
        begin, end = at, at + len(piece.text)
        at = end
        kept, done = [], begin
        while span is not None and span[0] < end:
            kept.append(piece.text[done - begin : max(span[0], begin) - begin])
            if span[0] >= begin:
                kept.append(REDACTED)
            done = min(span[1], end)
            if span[1] > end:
                break
            span = next(waiting, None)
        if done > begin or kept:
            _set(piece, "".join(kept) + piece.text[done - begin :])
            yield piece.document


def _set(piece: _Piece, text: str) -> None:
    """Write the new text to its location, and to a token's bytes and its copy among the alternatives."""
    piece.holder[piece.key] = text
    if piece.key != "token" or not isinstance(piece.holder, dict):
        return
    others = piece.holder.get("top_logprobs")
    same = [each for each in others if isinstance(each, dict)] if isinstance(others, list) else []
    for each in (piece.holder, *(each for each in same if each.get("token") == piece.text)):
        each["token"] = text
        if isinstance(each.get("bytes"), list):
            each["bytes"] = list(text.encode("utf-8", "replace"))
