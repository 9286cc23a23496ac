"""Probes that scenarios and generated cases share."""

from __future__ import annotations

from conformance.checks import probe
from conformance.checks.bodies import model_ids
from conformance.engine.clients import Http
from conformance.reply import NotAnswered
from conformance.wire import Exchange

# Words by which models that embed are named; where none is listed, the tested model is asked.
EMBEDDERS = ("embed", "bge-", "gte-", "e5", "minilm")


@probe
async def embedder(http: Http, model_list: Exchange) -> str:
    """The name of the model to use for embeddings."""
    try:
        listed = [name for name in model_ids(model_list) if isinstance(name, str)]
    except NotAnswered:
        listed = []
    named = [name for name in listed if any(word in name.lower() for word in EMBEDDERS)]
    return (named or [str(http.target.model)])[0]
