"""Validates the complete response of an operation with openapi-core: path, status, media type, headers, body.

openapi-core takes 0.3 s to import and 1 ms per call; stream events are therefore validated with `Schemas`, which is
faster.
"""

from __future__ import annotations

import copy
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from conformance.contract.document import Document
from conformance.contract.schemas import Schemas
from conformance.wire.exchange import Exchange, Request

if TYPE_CHECKING:
    from openapi_core import OpenAPI

_LONGEST = 300
_KNOWN_PATHS = 1_000  # of which it is remembered what they call: a run asks the same few again and again
_SSE = "text/event-stream"


@dataclass(frozen=True, slots=True)
class OperationError:
    """One difference between a response and the documented operation.

    `kind` is `path`, `method`, `media-type`, `status`, `header` or `body`; `pointer` is a JSON pointer into the body,
    or the name of a header; `message` has at most 300 characters.
    """

    kind: str
    message: str
    pointer: str = ""


class OperationValidator:
    """Validates responses against the operations of one document, for endpoints at any base URL."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.schemas = Schemas(document)
        self._relative = document.relative_paths()
        self._apps: dict[str, OpenAPI] = {}
        self._templates = cache(self._templates_of)
        self._found = lru_cache(_KNOWN_PATHS)(self._find)

    def operation(self, request: Request, base_url: str) -> str | None:
        """Return the documented operation that a request calls (`post /chat/completions`), or None."""
        return self._found(request.method.lower(), request.url, base_url)

    def _find(self, method: str, url: str, base_url: str) -> str | None:
        path = urlsplit(url).path
        found = (original for pattern, original in self._templates(base_url) if pattern.fullmatch(path))
        return next((f"{method} {path}" for path in found if method in self.document.data["paths"][path]), None)

    def _templates_of(self, base_url: str) -> list[tuple[re.Pattern[str], str]]:
        """Yield a pattern that finds each path of the document at a base URL, and that path.

        A path without parameters takes precedence over a path whose parameter would match its last step.
        """
        paths = sorted(self._relative.items(), key=lambda pair: pair[1].count("{"))
        return [(re.compile(_pattern(_joined(base_url, relative))), original) for relative, original in paths]

    def response_errors(self, exchange: Exchange, base_url: str) -> list[OperationError]:
        """Return the differences between a response and its documented operation.

        Returns [] if there are no differences, or if no response arrived. For an event stream, only the status and the
        media type of the response are validated. The document's schema describes a single event; the code that reads
        the stream validates each event.
        """
        if exchange.status is None:
            return []
        schema = self._schema(exchange.request, base_url, exchange.status, exchange.media_type)
        errors = self._app(base_url).iter_response_errors(
            cast(Any, _Request(exchange.request)), cast(Any, _Response(exchange))
        )
        return list(self._readable(errors, schema, _json(exchange.body)))

    def _schema(self, request: Request, base_url: str, status: int, media_type: str) -> str | None:
        operation = self.operation(request, base_url)
        if operation is None or media_type == _SSE:
            return None
        return self.schemas.response(operation, status, media_type.partition(";")[0].strip())

    def _app(self, base_url: str) -> OpenAPI:
        if base_url not in self._apps:
            self._apps[base_url] = _app(self.document, self._relative, base_url)
        return self._apps[base_url]

    def _readable(self, errors: Iterator[Exception], schema: str | None, body: Any) -> Iterator[OperationError]:
        for error in errors:
            kind, pointer = _kind(error)
            if kind == "body" and schema is not None and body is not None:
                # The same schema by the other validator, whose messages are for people.
                broken = self.schemas.errors(schema, body)
                if broken:
                    yield from (OperationError("body", each.message, each.pointer) for each in broken)
                    continue
            yield OperationError(kind, _message(error), pointer)


def _app(document: Document, relative: Mapping[str, str], base_url: str) -> OpenAPI:
    """openapi-core for a copy of the document whose paths are those of the endpoint.

    The copy has the one server that is tested, no discriminators (openapi-schema-validator 0.8 resolves their mapping
    as references that do not exist), and no schema for event streams (openapi-core has no parser for them).
    """
    from openapi_core import Config, OpenAPI

    parts = urlsplit(base_url)
    data = copy.deepcopy(dict(document.data))
    _drop_discriminators(data)
    data["servers"] = [{"url": f"{parts.scheme}://{parts.netloc}"}]
    data["paths"] = {
        _joined(base_url, path): _without_servers_and_streams(data["paths"][original])
        for path, original in relative.items()
    }
    return OpenAPI.from_dict(data, config=Config(spec_validator_cls=cast(Any, None)))  # our tests validate it


def _without_servers_and_streams(item: dict[str, Any]) -> dict[str, Any]:
    item.pop("servers", None)
    for operation in item.values():
        if not isinstance(operation, dict):
            continue
        operation.pop("servers", None)
        for response in operation.get("responses", {}).values():
            if _SSE in response.get("content", {}):
                response["content"][_SSE] = {}
    return item


def _drop_discriminators(node: Any) -> None:
    if isinstance(node, dict):
        given = node.get("discriminator")
        # A property may have that name; then its value is a schema.
        if isinstance(given, dict) and isinstance(given.get("propertyName"), str):
            del node["discriminator"]
        for value in node.values():
            _drop_discriminators(value)
    elif isinstance(node, list):
        for value in node:
            _drop_discriminators(value)


def _joined(base_url: str, relative: str) -> str:
    return posixpath.normpath(urlsplit(base_url).path.rstrip("/") + "/" + relative.removeprefix("/"))


def _pattern(template: str) -> str:
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", template))


class _Request:
    """A request as openapi-core's protocol wants it; parameters in werkzeug's types, or security finds no header."""

    def __init__(self, request: Request) -> None:
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        parts = urlsplit(request.url)
        headers = Headers(list(request.headers))
        self.host_url = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path
        self.method = request.method.lower()
        self.content_type = str(headers.get("content-type", "")).lower()
        self.body = request.body or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True)), header=headers
        )


class _Response:
    """A response as openapi-core's protocol wants it."""

    def __init__(self, exchange: Exchange) -> None:
        from werkzeug.datastructures import Headers

        self.status_code = exchange.status
        self.headers = Headers(list(exchange.headers))
        self.content_type = exchange.media_type
        self.data = exchange.body


def _kind(error: Exception) -> tuple[str, str]:
    """The kind of an openapi-core error, and the header it is about."""
    from openapi_core.templating.media_types.exceptions import MediaTypeFinderError
    from openapi_core.templating.paths.exceptions import OperationNotFound, PathError
    from openapi_core.templating.responses.exceptions import ResponseFinderError
    from openapi_core.validation.response.exceptions import HeaderValidationError

    if isinstance(error, HeaderValidationError):
        return "header", error.name
    kinds = {
        OperationNotFound: "method",
        PathError: "path",
        ResponseFinderError: "status",
    }
    named = next((name for kind, name in kinds.items() if isinstance(error, kind)), None)
    return named or ("media-type" if isinstance(error.__cause__, MediaTypeFinderError) else "body"), ""


def _message(error: Exception) -> str:
    cause = error.__cause__
    schema_errors = [str(getattr(each, "message", each)) for each in getattr(cause, "schema_errors", ())]
    text = "; ".join(schema_errors) or str(cause or error)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
