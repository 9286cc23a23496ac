"""Declares which HTTP requests each method of a component of the reference endpoint answers.

The application creates its routes from the declarations of all parts.
"""

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
    """An HTTP method and path, and the name of the Python method that answers requests to the path.

    `dialect` is None if the path belongs to the contract that the endpoint serves under /v1. `parameters` lists the
    parameters of the Python method: `body`, `dialect`, `query`, `idempotency_key`, or the name of a path parameter.
    """

    method: str
    path: str
    dialect: Dialect | None
    name: str
    parameters: tuple[str, ...]

    def arguments(self, request: Request, body: Json, dialect: Dialect) -> list[Any]:
        """Return the arguments for the call of the Python method, in the order of its parameters."""
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
    """Declare that a method of a part answers requests with the given HTTP method and path.

    If a subclass overrides the decorated method, the overriding method answers the same HTTP requests. A pack can also
    serve an existing method at another path: `serves("POST", "/acme/chat", ACME)(Chat.chat)`.
    """

    def declare(function: Answering) -> Answering:
        parameters = tuple(inspect.signature(function).parameters)[1:]
        route = EndpointRoute(method, path, dialect, function.__name__, parameters)
        _DECLARED[function] = (*_DECLARED.get(function, ()), route)
        return function

    return declare


def routes_of(part: type) -> Iterator[EndpointRoute]:
    """Return the routes that the methods of a class declare.

    The routes of base classes precede the routes of the class itself.
    """
    for cls in reversed(part.__mro__):
        for member in vars(cls).values():
            if inspect.isfunction(member):
                yield from _DECLARED.get(member, ())
