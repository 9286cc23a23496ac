"""Embeddings: as numbers and in base64, with fewer dimensions, and for several inputs in one request."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from typing import Any

from conformance.checks import Broken, expect, premise, probe, requirement
from conformance.checks.bodies import json_of
from conformance.checks.language import Phrase, answer, shown
from conformance.checks.refusal import BUSY
from conformance.checks.schema import breaches
from conformance.engine.clients import Http
from conformance.reply import NotAnswered
from conformance.verdict import Finding
from conformance.wire import Exchange

LAKE_TEXT = "A lake is a body of water."
CLOCK_TEXT = "The clockmaker repairs an old clock on Monday."
UNKNOWN = "conformance-no-such-model"
BATCH = [CLOCK_TEXT, f"{LAKE_TEXT} {CLOCK_TEXT} {CLOCK_TEXT}", LAKE_TEXT]
TOKENS = [[300, 301, 302, 303, 304]]
SHORT = 64


async def embed(http: Http, model: str, given: Any, after: Exchange | None = None, /, **params: Any) -> Exchange:
    """Request embeddings.

    If `after` is given and is the response to a rejected request, nothing is sent and `NotAnswered` is raised.
    """
    if after is not None:
        items_of(after)
    return await http("POST", "embeddings", {"model": model, "input": given, **params})


def items_of(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the embedding objects of a response. Raises `NotAnswered` if the response has no embedding objects."""
    data = json_of(exchange)
    items = data.get("data") if isinstance(data, dict) else None
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if not found:
        raise NotAnswered(exchange, "the response has no embeddings")
    return found


def vector_of(item: dict[str, Any]) -> list[float]:
    """Return the numbers of an embedding object; the check is inconclusive if the object has none."""
    vector = item.get("embedding")
    good = isinstance(vector, list) and vector and all(isinstance(number, int | float) for number in vector)
    premise(good, "the embedding is not an array of numbers", see="embeddings.float")
    return [float(number) for number in vector or ()]


def cosine(one: list[float], other: list[float]) -> float:
    """Return the cosine of the angle between two vectors; 0 if their lengths differ."""
    if len(one) != len(other):
        return 0.0
    size = math.sqrt(sum(x * x for x in one) * sum(y * y for y in other))
    return sum(x * y for x, y in zip(one, other, strict=True)) / size if size else 0.0


@probe
async def embedded(http: Http, embedder: str) -> Exchange:
    """Request the embedding of one text, without optional parameters."""
    return await embed(http, embedder, LAKE_TEXT)


@requirement("embeddings.schema")
def test_an_embedding_has_the_documented_shape(embedded: Exchange) -> None:
    found = [b for b in breaches("CreateEmbeddingResponse", json_of(embedded)) if "usage" not in f"{b.pointer}{b.got}"]
    if found:
        raise Broken([Finding(b.expected, shown(b.got), b.pointer, embedded.id) for b in found])


@requirement("embeddings.float")
def test_an_embedding_is_numbers(embedded: Exchange) -> None:
    vector = items_of(embedded)[0].get("embedding")
    good = isinstance(vector, list) and all(isinstance(number, int | float) for number in vector) and any(vector)
    expect(good, "an array of numbers, not all of them 0", got=vector, where="/data/0/embedding", on=embedded)


def decoded(item: dict[str, Any]) -> list[float]:
    """Return the 32-bit floats of an embedding in base64; [] if it is not base64 of finite 32-bit floats."""
    try:
        raw = base64.b64decode(str(item.get("embedding")), validate=True)
    except (binascii.Error, ValueError):
        return []
    found = list(struct.unpack(f"<{len(raw) // 4}f", raw)) if len(raw) % 4 == 0 else []
    return found if all(map(math.isfinite, found)) else []


def numbers_of(item: dict[str, Any]) -> list[float]:
    """Return the numbers of an embedding object, which may be an array or base64."""
    return decoded(item) if isinstance(item.get("embedding"), str) else vector_of(item)


def accepted(exchange: Exchange) -> bool:
    """Return whether the target answered a request with embeddings."""
    try:
        return bool(items_of(exchange))
    except NotAnswered:
        return False


@probe
async def batch_in_base64(http: Http, embedder: str, embedded: Exchange) -> Exchange:
    """Request the embeddings of three texts in one request, in base64.

    The probe `embedded` requests the embedding of the last of the three texts separately.
    """
    return await embed(http, embedder, BATCH, embedded, encoding_format="base64")


@probe
async def batch(http: Http, embedder: str, embedded: Exchange, batch_in_base64: Exchange) -> Exchange:
    """Request the embeddings of three texts in one request.

    If the same request in base64 returned embeddings of the same length as a single embedding, the response in base64
    is returned, and no request is sent.
    """
    size = len(items_of(embedded)[0].get("embedding") or ())
    if accepted(batch_in_base64) and all(len(decoded(item)) == size for item in items_of(batch_in_base64)):
        return batch_in_base64
    return await embed(http, embedder, BATCH, embedded)


@requirement("embeddings.count")
def test_every_input_has_its_embedding(embedded: Exchange, batch: Exchange) -> None:
    items_of(embedded)
    indexes = [item.get("index") for item in items_of(batch)]
    expect(indexes == [0, 1, 2], "the indexes 0, 1 and 2", got=indexes, where="/data", on=batch)


@requirement("embeddings.order")
def test_a_text_has_one_embedding_wherever_it_stands(embedded: Exchange, batch: Exchange) -> None:
    alone = vector_of(items_of(embedded)[0])
    items = items_of(batch)
    premise(len(items) == 3, "there are not three embeddings", see="embeddings.count")
    first, _, last = map(numbers_of, items)
    premise(any(alone), "the embedding of the text alone is all 0", see="embeddings.float")
    premise(not alone == first == last, "different texts have the same embedding, so the order cannot be seen")
    same, other = cosine(alone, last), cosine(alone, first)
    got = Phrase(f"{same:.4f} with the same text, {other:.4f} with another")
    expect(same > 0.98 and same > other, "a cosine near 1 with the same text", got=got, where="/data/2", on=batch)


@requirement("embeddings.usage")
def test_the_usage_counts_all_inputs(embedded: Exchange, batch: Exchange) -> None:
    counts = []
    for exchange in (embedded, batch):
        items_of(exchange)
        usage = json_of(exchange).get("usage")
        usage = usage if isinstance(usage, dict) else {}
        prompt = usage.get("prompt_tokens")
        prompt = prompt if isinstance(prompt, int) else 0
        good = prompt > 0 and usage.get("total_tokens") == prompt
        expect(good, "prompt_tokens above 0, and an equal total_tokens", got=usage or None, where="/usage", on=exchange)
        counts.append(prompt)
    expect(
        counts[1] > counts[0],
        f"more than the {counts[0]} tokens of a single input",
        got=counts[1],
        where="/usage",
        on=batch,
    )


@probe
async def in_base64(http: Http, embedder: str, embedded: Exchange, batch_in_base64: Exchange) -> Exchange:
    """Request the embedding of the same text in base64, as the official clients do.

    No request is sent if an earlier response, to a request with three texts, already has a correct embedding in base64.
    """
    known = items_of(embedded)[0].get("embedding")
    last = items_of(batch_in_base64)[-1] if accepted(batch_in_base64) else {}
    if isinstance(known, list) and is_close(decoded(last), known):
        return batch_in_base64
    return await embed(http, embedder, LAKE_TEXT, embedded, encoding_format="base64")


def is_close(found: list[float], known: list[Any]) -> bool:
    """Return whether two vectors are equal up to rounding; vectors of zeros must be equal."""
    numbers = [float(number) for number in known if isinstance(number, int | float)]
    # The angle says nothing about a vector of zeros.
    return found == numbers or cosine(numbers, found) > 0.999


@probe
async def embedded_again(http: Http, embedder: str, embedded: Exchange, in_base64: Exchange) -> Exchange:
    """Request the embedding of the same text again, if the numbers in base64 differ from those in the array.

    The response to the repeated request shows whether the target returns the same embedding for equal requests.
    """
    known = items_of(embedded)[0].get("embedding")
    if accepted(in_base64) and isinstance(known, list) and is_close(decoded(items_of(in_base64)[-1]), known):
        return embedded
    return await http("POST", "embeddings", {"model": embedder, "input": LAKE_TEXT}, fresh=True)


@requirement("embeddings.base64")
def test_base64_carries_the_same_numbers(embedded: Exchange, embedded_again: Exchange, in_base64: Exchange) -> None:
    known = vector_of(items_of(embedded)[0])
    item = items_of(in_base64)[-1]
    found, where = item.get("embedding"), f"/data/{len(items_of(in_base64)) - 1}/embedding"
    expect(isinstance(found, str), "a base64 string", got=found, where=where, on=in_base64)
    vector = decoded(item)
    expect(vector, "base64 of 32-bit floats", got=found, where=where, on=in_base64)
    if not is_close(vector, known):
        again = vector_of(items_of(embedded_again)[0])
        premise(cosine(known, again) > 0.999 or not any(known), "the same text has a different embedding each time")
    got = Phrase(f"{len(vector)} numbers, cosine {cosine(known, vector):.4f}")
    good = is_close(vector, known)
    expect(good, f"the same {len(known)} numbers as in the float array", got=got, where=where, on=in_base64)


@probe
async def short_from_tokens(http: Http, embedder: str, embedded: Exchange) -> Exchange:
    """Request an embedding of 64 numbers for five token ids, which are so low that every model has them."""
    return await embed(http, embedder, TOKENS, embedded, dimensions=SHORT)


def is_short(exchange: Exchange) -> bool:
    """Return whether the target answered with an embedding of 64 numbers."""
    return accepted(exchange) and len(items_of(exchange)[0].get("embedding") or ()) == SHORT


@probe
async def shortened(http: Http, embedder: str, embedded: Exchange, short_from_tokens: Exchange) -> Exchange:
    """Request an embedding with `dimensions: 64`, unless the request with token ids shows that `dimensions` works."""
    if is_short(short_from_tokens):
        return short_from_tokens
    return await embed(http, embedder, LAKE_TEXT, embedded, dimensions=SHORT)


@requirement("embeddings.dimensions")
def test_dimensions_is_the_length(shortened: Exchange) -> None:
    found = len(vector_of(items_of(shortened)[0]))
    expect(found == SHORT, f"{SHORT} numbers", got=found, where="/data/0/embedding", on=shortened)


@probe
async def from_tokens(http: Http, embedder: str, embedded: Exchange, short_from_tokens: Exchange) -> Exchange:
    """Request the embedding of token ids, unless the target accepted token ids in a request with `dimensions`."""
    return short_from_tokens if short_from_tokens.status == 200 else await embed(http, embedder, TOKENS, embedded)


@requirement("embeddings.tokens", acceptance=True)
def test_an_input_may_be_tokens(embedded: Exchange, from_tokens: Exchange) -> None:
    items_of(embedded)
    if from_tokens.status is None or from_tokens.status in BUSY:
        raise NotAnswered(from_tokens, "no answer")
    expect(from_tokens.status == 200, "token ids accepted", got=answer(from_tokens), where="status", on=from_tokens)


@requirement("embeddings.tokens-counted")
def test_the_usage_counts_token_ids(from_tokens: Exchange) -> None:
    items_of(from_tokens)
    usage = json_of(from_tokens).get("usage")
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    premise(isinstance(count, int) and count, "the target does not count tokens", see="embeddings.usage")
    fewest = sum(map(len, TOKENS))
    # Some engines add a token before and after each text.
    good = isinstance(count, int) and fewest <= count <= fewest + 2
    expect(good, f"{fewest} prompt tokens", got=count, where="/usage/prompt_tokens", on=from_tokens)


@probe
async def embedded_by_nobody(http: Http, embedded: Exchange) -> Exchange:
    """Request an embedding from a model that does not exist.

    Raises `NotAnswered` if the target lacks the text completion operation.
    """
    return await embed(http, UNKNOWN, LAKE_TEXT, embedded)


@requirement("embeddings.unknown-model")
def test_an_unknown_model_does_not_embed(embedded_by_nobody: Exchange) -> None:
    exchange = embedded_by_nobody
    if exchange.status in BUSY:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    expect(exchange.status == 404, "404", got=answer(exchange), where="status", on=exchange)
