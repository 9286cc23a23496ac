"""Defines the reference endpoint, which consists of connected parts.

Each part is one object of a class in `PARTS`. A mutant is a subclass of the class of a part. In an endpoint with a
mutant, the part is an object of the mutant's subclass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar, cast

from conformance.reference.auth import Auth
from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequests
from conformance.reference.chat.stored import StoredChats
from conformance.reference.completions import Completions
from conformance.reference.conversations import Conversations
from conformance.reference.embeddings import Embeddings
from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.intake import Intake
from conformance.reference.models import Models
from conformance.reference.part import Kind, Part, assembled, kind_of, with_new
from conformance.reference.prompt_cache import PromptCache
from conformance.reference.refusals import Refusals
from conformance.reference.responses.background import Background
from conformance.reference.responses.creation import Responses
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.operations import ResponseOperations
from conformance.reference.responses.requests import ResponseRequests
from conformance.reference.responses.socket import ResponseSockets
from conformance.reference.responses.stored import StoredResponses
from conformance.reference.responses.threads import Threads
from conformance.reference.routes import EndpointRoute, routes_of
from conformance.reference.settings import Settings
from conformance.reference.store import Store

P = TypeVar("P", bound=Part)

PARTS: list[Kind] = [
    # every request: how it comes in, who may, how it goes out
    Http, Auth, Intake, Refusals, Ids, Models,
    # chat completions: read, generate, answer, keep
    ChatRequests, PromptCache, Generations, Chat, StoredChats,
    # responses: read, make, stream, keep, continue
    ResponseRequests, Responses, ResponseObjects, ResponseEvents, StoredResponses, Background, ResponseSockets,
    ResponseOperations, Threads, Conversations,
    # other surfaces
    Embeddings, Completions,
]  # fmt: skip
"""The parts of the endpoint."""


class Endpoint:
    """An OpenAI-compatible endpoint, which is correct unless parts are replaced.

    `replaced` lists subclasses, such as mutants, that replace the endpoint's own parts. If several subclasses replace
    the same part, they are combined, and earlier ones take precedence. `added` lists the parts that packs add to the
    endpoint. A subclass of an existing part replaces that part of the endpoint; any other class is added as a new part.
    """

    def __init__(
        self, settings: Settings | None = None, replaced: Sequence[Kind] = (), added: Sequence[Kind] = ()
    ) -> None:
        """Set up with nothing stored."""
        self.settings = settings or Settings()
        self.store = Store()
        self._parts = assembled(with_new(PARTS, added), [*replaced, *added], self.settings, self.store)

    def part(self, kind: type[P]) -> P:
        """Return the endpoint's part of the given class, or the part that replaces it."""
        return cast(P, self._parts[kind_of(kind, self._parts)])

    def routes(self) -> Iterator[tuple[Part, EndpointRoute]]:
        """Return every route, with the part that answers it."""
        for part in self._parts.values():
            for route in routes_of(type(part)):
                yield part, route
