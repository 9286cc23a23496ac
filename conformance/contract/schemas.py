"""Compiled JSON Schema validators for the schemas of an OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from conformance.contract.document import Document, load_document
from conformance.contract.errors import SpecError
from conformance.contract.excerpt import excerpt, names_in
from conformance.contract.reachable import Reachable
from conformance.contract.schema_error import SchemaError, explain, pointer_of
from conformance.wire.json_data import unicode_only

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Schemas:
    """The schemas of one OpenAPI document, each compiled at first use.

    A schema is identified by its component name (`CreateChatCompletionResponse`) or by a JSON pointer into the document
    (`#/paths/…`). The methods `request` and `response` return the identifier of a schema.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._validators: dict[str, Any] = {}
        self._lists: dict[str, Any] = {}
        self._reachable = Reachable(document.data)

    def is_valid(self, schema: str, instance: Any) -> bool:
        """Return whether the JSON data satisfies the schema. Raises `SpecError` if the schema does not exist."""
        return _is_valid(self._validator(schema), instance)

    def all_valid(self, schema: str, instances: Sequence[Any]) -> bool:
        """Return whether several JSON values all satisfy the schema.

        One call with several values is faster than one call of `is_valid` for each value.

        Raises `SpecError` if the schema does not exist.
        """
        if schema not in self._lists:
            self._lists[schema] = self._compile(schema, many=True)
        return _is_valid(self._lists[schema], list(instances))

    def errors(self, schema: str, instance: Any) -> list[SchemaError]:
        """Return all schema violations in JSON data.

        A union (such as `anyOf`) without a matching branch counts as one violation.

        The function `excerpt` first shortens large data; violations in the removed data are not returned. At most
        `MAX_ERRORS` schema violations are returned. Raises `SpecError` if the schema does not exist.
        """
        validator = self._validator(schema)
        if _is_valid(validator, instance):
            return []
        shown = excerpt(instance, lambda part: not _is_valid(validator, part), self._names)
        try:
            return explain(validator.iter_errors(shown))
        except UnicodeEncodeError:
            return explain(validator.iter_errors(unicode_only(shown)))

    @cached_property
    def _names(self) -> frozenset[str]:
        return names_in(self.document.data)

    def request(self, operation: str, media_type: str = "application/json") -> str | None:
        """Return the schema of the request body of an operation, such as `post /chat/completions`.

        Return None if the operation has no request body.
        """
        method, _, path = operation.partition(" ")
        at = ("paths", path, method, "requestBody")
        return self._media(at, self._operation(operation).get("requestBody", {}), media_type)

    def response(self, operation: str, status: int, media_type: str = "application/json") -> str | None:
        """Return the schema of an operation's response body, or None if the document lacks the status or media type.

        If the document does not describe the status, the description of the status class (such as `4XX`) is used; if
        this is also missing, `default` is used.
        """
        method, _, path = operation.partition(" ")
        responses = self._mapping(self._operation(operation).get("responses", {}), ("paths", path, method, "responses"))
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in responses:
                return self._media(("paths", path, method, "responses", key), responses[key], media_type)
        return None

    def _operation(self, operation: str) -> dict[str, Any]:
        method, _, path = operation.partition(" ")
        found = self.document.data["paths"].get(path, {}).get(method)
        if not isinstance(found, dict):
            raise SpecError(f"has no operation {operation!r}; name one as `post /chat/completions`", self.document.file)
        return found

    def _media(self, at: tuple[str, ...], body: Any, media_type: str) -> str | None:
        if "$ref" in self._mapping(body, at):
            at, body = self._referred(str(body["$ref"]), at)
        content = self._mapping(self._mapping(body, at).get("content", {}), (*at, "content"))
        if "schema" not in self._mapping(content.get(media_type, {}), (*at, "content", media_type)):
            return None
        return "#" + pointer_of((*at, "content", media_type, "schema"))

    def _referred(self, reference: str, at: tuple[str, ...]) -> tuple[tuple[str, ...], Any]:
        """The place in the document that a reference names, and what stands there."""
        steps = tuple(reference.removeprefix("#/").split("/"))
        value: Any = self.document.data
        for step in steps:
            if not isinstance(value, Mapping) or step not in value:
                raise SpecError(f"#{pointer_of(at)} refers to {reference!r}, which is not there", self.document.file)
            value = value[step]
        return steps, value

    def _mapping(self, value: Any, at: tuple[str, ...]) -> Mapping[str, Any]:
        """The value, which must be a mapping."""
        if not isinstance(value, Mapping):
            raise SpecError(f"#{pointer_of(at)} must be a mapping; correct it", self.document.file)
        return value

    def _validator(self, schema: str) -> Any:
        if schema not in self._validators:
            self._validators[schema] = self._compile(schema)
        return self._validators[schema]

    def _compile(self, schema: str, *, many: bool = False) -> Any:
        pointer = schema if schema.startswith("#/") else f"#/components/schemas/{schema}"
        # Beside `$ref` the document's own keys mean nothing to JSON Schema, and make every error's path one into it.
        reference = {"$ref": "#" + quote(pointer[1:], safe="/~")}
        whole = {
            **self._reachable.from_pointer(pointer),
            "$schema": _DIALECT,
            **({"items": reference} if many else reference),
        }
        try:
            return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        except (ValueError, jsonschema_rs.ReferencingError) as problem:
            raise SpecError(f"schema {schema!r} cannot be used: {problem}", self.document.file) from None


def _is_valid(validator: Any, instance: Any) -> bool:
    try:
        return bool(validator.is_valid(instance))
    except UnicodeEncodeError:
        return bool(validator.is_valid(unicode_only(instance)))


@cache
def load_schemas(contract: str = "openai") -> Schemas:
    """Return the schemas of a contract's OpenAPI document, loaded once per process."""
    return Schemas(load_document(contract))
