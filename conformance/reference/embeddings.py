"""Embeddings are unit vectors of hashed word counts. Texts that have many words in common have similar vectors."""

from __future__ import annotations

import base64
import math
import re
import struct
from typing import Any

from starlette.responses import Response

from conformance.reference.errors import refuse
from conformance.reference.fields import Field, wrong_type
from conformance.reference.http import Http
from conformance.reference.language_model.prose import digest
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.models import EMBEDDING_MODELS, Models
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.routes import serves

_FIELDS = {
    "model": Field(("string",)), "input": Field(("string", "array"), low=1, high=None),
    "encoding_format": Field(("string",), values=("float", "base64")), "dimensions": Field(("integer",), 1, 1536), "user": Field(("string",)),
}  # fmt: skip


class Embeddings(Part):
    """POST /embeddings."""

    http: Http
    models: Models

    @serves("POST", "/v1/embeddings")
    def embeddings(self, body: Json) -> Response:
        """Answer one request for embeddings."""
        if not body.get("model"):
            refuse("you must provide a model parameter")
        if body.get("input") is None:
            refuse("Missing required parameter: 'input'.", "input", "missing_required_parameter")
        for key, value in body.items():
            if key not in _FIELDS:
                refuse(f"Unknown parameter: '{key}'.", key, "unknown_parameter")
            _FIELDS[key].check(value, key)
        self.models.check_model(body["model"], EMBEDDING_MODELS)
        inputs = _inputs(body["input"])
        size = body.get("dimensions") or 256
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": self.encoded(vector(tokens, size), body.get("encoding_format") or "float"),
            }
            for index, tokens in enumerate(inputs)
        ]
        total = sum(map(len, inputs))
        usage = {"prompt_tokens": total, "total_tokens": total}
        return self.http.json_response({"object": "list", "data": data, "model": body["model"], "usage": usage})

    def encoded(self, values: list[float], form: str) -> list[float] | str:
        """Return a vector as numbers, or as base64 of little-endian 32-bit floats."""
        if form == "float":
            return values
        return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def _inputs(given: Any) -> list[list[int]]:
    """Token lists: of one text, of several, or as given."""
    if isinstance(given, str):
        return [TOKENIZER.encode(given)]
    if all(isinstance(item, int) and not isinstance(item, bool) for item in given):
        return [given]
    found = []
    for index, item in enumerate(given):
        if isinstance(item, str) and item:
            found.append(TOKENIZER.encode(item))
        elif isinstance(item, list) and item and all(isinstance(token, int) for token in item):
            found.append(item)
        else:
            wrong_type(f"input[{index}]", ["string", "array"], item)
    return found


def vector(tokens: list[int], size: int) -> list[float]:
    """Return the unit vector that embeds a list of tokens."""
    values = [0.0] * size
    text = TOKENIZER.decode_bytes(token for token in tokens if token < TOKENIZER.size).decode("utf-8", "replace")
    for word in re.findall(r"\w+", text.lower()) or [text]:
        spread = digest(word)
        for turn in range(4):
            values[(spread >> 7 * turn) % size] += 1.0 if spread >> turn & 1 else -1.0
    length = math.sqrt(sum(value * value for value in values))
    if length == 0:
        values[0] = length = 1.0
    return [value / length for value in values]
