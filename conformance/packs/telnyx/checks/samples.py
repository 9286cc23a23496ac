"""The request bodies of the code samples in Telnyx's reference pages, read from `specs/telnyx/samples.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from conformance.contract.located import load_yaml
from conformance.specs import SPECS

PLACE = "CONVERSATION"
"""Stands in a body for the id of a conversation, which must exist."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The request body that the samples in some languages send, and the requirement that judges its response."""

    requirement: str
    languages: tuple[str, ...]
    body: str

    def sent(self, conversation: str = "") -> bytes:
        """Return the bytes to send: the placeholder in the sample is replaced by the id of the conversation."""
        return self.body.replace(PLACE, conversation).encode()


@cache
def samples(requirement: str) -> tuple[Sample, ...]:
    """Return the samples of Telnyx's reference page that a requirement judges."""
    document = load_yaml(SPECS / "telnyx" / "samples.yaml")
    found = (
        Sample(
            document.text("samples", number, "requirement"),
            document.texts("samples", number, "languages"),
            document.text("samples", number, "body"),
        )
        for number in range(len(document.at(("samples",))))
    )
    return tuple(sample for sample in found if sample.requirement == requirement)
