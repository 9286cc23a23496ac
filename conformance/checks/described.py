"""Judges whether an OpenAPI document describes the status and the media type of a response.

Error responses are judged only if the authors of the document described errors. OpenAI's document describes only
successful responses; the suite added the `4XX` responses in `specs/openai/openapi.json`. FastAPI adds a 422 response to
every operation of a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from conformance.checks.judgement import OK, Judgement, broken
from conformance.checks.language import answer
from conformance.contract import Document, OperationValidator
from conformance.contract.references import follow
from conformance.specs import SPECS
from conformance.wire import Exchange

# What HTTP itself says before an operation is reached: credentials, limits, lengths, being busy.
_BEFORE = frozenset({401, 403, 405, 406, 408, 411, 413, 414, 415, 421, 426, 429, 431})


class Described:
    """Judges responses of the target at a base URL by one OpenAPI document."""

    def __init__(self, document: Document, base_url: str) -> None:
        self._validator = OperationValidator(document)
        self._base_url = base_url
        self._errors = SPECS / "openai" not in document.file.parents

    def status(self, exchange: Exchange) -> Iterator[Judgement]:
        """Judge whether the document describes the response's status for its operation."""
        found = self._responses(exchange)
        if found is None:
            return
        operation, responses = found
        if _entry(responses, exchange.status or 0) is not None:
            yield OK
            return
        told = [entry for key, entry in responses.items() if _of_class(key, exchange.status or 0)]
        if told and all(map(_automatic, told)):
            return
        yield broken(
            f"a status that the document describes for {operation}: {', '.join(responses)}",
            got=answer(exchange),
            where="status",
            cause=f"{exchange.status} is not described for {operation}",
        )

    def media_type(self, exchange: Exchange) -> Iterator[Judgement]:
        """Judge whether the document describes the response's media type for its status."""
        found = self._responses(exchange)
        if found is None or not exchange.body or not exchange.media_type:
            return
        operation, responses = found
        entry = _entry(responses, exchange.status or 0)
        content = self._resolved(entry).get("content") if entry is not None else None
        if not isinstance(content, Mapping) or not content:
            return
        known = [str(name).partition(";")[0].strip().lower() for name in content]
        if any(fnmatchcase(exchange.media_type, name) for name in known):
            yield OK
            return
        yield broken(
            f"{' or '.join(known)}, as the document describes {exchange.status} of {operation}",
            got=exchange.header("content-type"),
            where="content-type",
            cause=f"{exchange.media_type} is not described for {exchange.status} of {operation}",
        )

    def _responses(self, exchange: Exchange) -> tuple[str, dict[str, Any]] | None:
        """The operation and its described responses, where the status of the exchange is to be held to them."""
        status = exchange.status
        if status is None or status >= 500 or status in _BEFORE or exchange.failure is not None:
            return None
        operation = self._validator.operation(exchange.request, self._base_url)
        if operation is None:
            return None
        method, _, path = operation.partition(" ")
        given = self._validator.document.data["paths"][path][method].get("responses")
        responses = {str(key): value for key, value in given.items()} if isinstance(given, Mapping) else {}
        if not any(_of_class(key, status) for key in responses) or (status >= 400 and not self._errors):
            return None if status >= 400 or not responses else (operation, responses)
        return operation, responses

    def _resolved(self, entry: Any) -> Mapping[str, Any]:
        if isinstance(entry, Mapping) and isinstance(entry.get("$ref"), str):
            entry = follow(self._validator.document.data, entry["$ref"])
        return entry if isinstance(entry, Mapping) else {}


def _of_class(key: str, status: int) -> bool:
    """Whether an entry is of the same hundred; `default` is of every one."""
    return key == "default" or key[:1] == str(status // 100)


def _automatic(entry: Any) -> bool:
    """Whether an entry is the one that FastAPI writes for each operation by itself."""
    return isinstance(entry, Mapping) and "#/components/schemas/HTTPValidationError" in str(entry.get("content"))


def _entry(responses: Mapping[str, Any], status: int) -> Any:
    for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if key in responses:
            return responses[key]
    return None
