"""Storage buckets of Telnyx in the reference endpoint: documents, their vectors, and the search for the nearest ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.reference.embeddings import vector
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.part import Part
from conformance.reference.settings import Settings
from conformance.reference.store import Store

BUCKET, OTHER_BUCKET = "reference-harbour", "reference-garden"
QUESTION, ANSWER = "What is the password of Quellbrook?", "tramontane-742"
SIZE = 256
"""The number of dimensions of a vector."""

DOCUMENTS: Mapping[str, Sequence[str]] = {
    BUCKET: (
        f"Quellbrook is a harbour that stands on no map. The password of Quellbrook is {ANSWER}.",
        "Ferries leave Quellbrook on odd days, and sailors wait for them below the clock without hands.",
        "Fog horns in the bay are tuned to the note that the oldest sailor hums.",
        "Ropes at the quay are sold by weight, except in the week after the first storm.",
        "The lighthouse keeper paints one stair a year, and began with the stair at the top.",
        "Fish are counted in dozens before noon, and in baskets after noon.",
    ),
    OTHER_BUCKET: (
        "Tomatoes in the north bed are watered at dawn, and tomatoes in the south bed at dusk.",
        "The gardener of the walled garden keeps the password of the shed in an empty flower pot.",
        "Hedges are cut in the shape of chess pieces, and every winter one of them is moved.",
    ),
}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A document in a storage bucket, with its embedding vector."""

    text: str
    vector: Sequence[float]


class Buckets(Part):
    """Keeps the documents of each bucket, and finds the documents that are nearest to a question."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Start with the buckets that are built in."""
        super().__init__(settings, store)
        self.kept = {name: [Excerpt(text, embedded(text)) for text in texts] for name, texts in DOCUMENTS.items()}

    def has(self, bucket: str) -> bool:
        """Return whether the named storage bucket exists."""
        return bucket in self.kept

    def found(self, buckets: Sequence[str], question: str, most: int) -> list[str]:
        """Return the texts of the documents in the given buckets that are nearest to the question, nearest first."""
        wanted = embedded(question)
        excerpts = [excerpt for bucket in dict.fromkeys(buckets) for excerpt in self.kept.get(bucket, ())]
        excerpts.sort(key=lambda excerpt: -sum(a * b for a, b in zip(wanted, excerpt.vector, strict=True)))
        return [excerpt.text for excerpt in excerpts[:most]]


def embedded(text: str) -> Sequence[float]:
    """Return the vector that the endpoint's own embedding model gives a text."""
    return vector(TOKENIZER.encode(text), SIZE)
