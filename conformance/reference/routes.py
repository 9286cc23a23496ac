"""Declares which requests a method of a part answers; the application reads these declarations."""

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
    """One HTTP method with a path, and the name of the Python method that answers it.

    `dialect` is None for the contract under /v1. `parameters` lists the parameters of the Python method: `body`,
    `dialect`, `query`, `idempotency_key`, or a parameter in the path.
    """

    method: str
    path: str
    dialect: Dialect | None
    name: str
    parameters: tuple[str, ...]

    def arguments(self, request: Request, body: Json, dialect: Dialect) -> list[Any]:
        """Return the arguments with which the Python method is called, in their order."""
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
    """Declare which requests a method of a part answers.

    If a subclass overrides the method, the overriding method answers the same requests. A pack can serve a method of
    the reference endpoint at another path: `serves("POST", "/acme/chat", ACME)(Chat.chat)`.
    """

    def declare(function: Answering) -> Answering:
        parameters = tuple(inspect.signature(function).parameters)[1:]
        route = EndpointRoute(method, path, dialect, function.__name__, parameters)
        _DECLARED[function] = (*_DECLARED.get(function, ()), route)
        return function

    return declare


def routes_of(part: type) -> Iterator[EndpointRoute]:
    """Return the routes of a class of parts, beginning with the routes of its first base class."""
    for cls in reversed(part.__mro__):
        for member in vars(cls).values():
            if inspect.isfunction(member):
                yield from _DECLARED.get(member, ())
