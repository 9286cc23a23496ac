"""Which requests a method of a part answers: declared next to the method, read by the application."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.dialect import Dialect
from conformance.reference.prompt import Json

Answering = TypeVar("Answering", bound=Callable[..., Response])


@dataclass(frozen=True, slots=True)
class EndpointRoute:
    """One HTTP method of one path, and the name of the method that answers it. `dialect` is None for the contract under /v1.

    `parameters` are the parameters of the answering method: `body`, `dialect`, `query`, `idempotency_key`, or a part of the path.
    """

    method: str
    path: str
    dialect: Dialect | None
    name: str
    parameters: tuple[str, ...]

    def arguments(self, request: Request, body: Json, dialect: Dialect) -> list[Any]:
        """What the answering method is called with, in its order."""
        given = {
            "body": body,
            "dialect": dialect,
            "query": dict(request.query_params),
            "idempotency_key": request.headers.get("idempotency-key"),
            **request.path_params,
        }
        return [given[parameter] for parameter in self.parameters]


_DECLARED: dict[Any, tuple[EndpointRoute, ...]] = {}


def serves(method: str, path: str, dialect: Dialect | None = None) -> Callable[[Answering], Answering]:
    """Declare which requests a method of a part answers. A subclass that overrides the method answers them too.

    A pack gives a method of the reference endpoint another address: `serves("POST", "/acme/chat", ACME)(Chat.chat)`.
    """

    def declare(function: Answering) -> Answering:
        parameters = tuple(inspect.signature(function).parameters)[1:]
        route = EndpointRoute(method, path, dialect, function.__name__, parameters)
        _DECLARED[function] = (*_DECLARED.get(function, ()), route)
        return function

    return declare


def routes_of(part: type) -> Iterator[EndpointRoute]:
    """The routes of a class of parts, those of its first base first."""
    for cls in reversed(part.__mro__):
        for member in vars(cls).values():
            if inspect.isfunction(member):
                yield from _DECLARED.get(member, ())
