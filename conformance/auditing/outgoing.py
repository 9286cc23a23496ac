"""Validates the suite's requests before they are sent: by OpenAI's schema, or by the schema of the target's profile.

The response to a request that is invalid by mistake proves nothing about the target.
"""

from __future__ import annotations

from typing import Any

from conformance.config import Profile
from conformance.contract import Schemas, load_document, load_features, load_schemas

REQUEST = "CreateChatCompletionRequest"
_LISTED = 3


class OwnFault(Exception):
    """A request of the suite is invalid because of a bug in a probe; the request is not sent."""


class Outgoing:
    """Validates the bodies of chat requests by OpenAI's schema, and allows the additional parameters of a profile.

    A parameter that is missing from OpenAI's document, such as `guided_json`, is allowed if it belongs to a promised or
    optional feature of the profile. A parameter is also allowed if the profile's own OpenAPI document describes it.
    """

    def __init__(self, profile: Profile) -> None:
        self._openai = load_schemas("openai")
        self._own = _own(profile)
        self._known = _properties(self._openai, f"#/components/schemas/{REQUEST}", set())
        features = load_features()
        offered = profile.promised | profile.optional
        self._extensions = {
            param.partition(".")[0] for name in offered if name in features for param in features[name].params
        } - self._known

    def __call__(self, body: Any) -> None:
        """Raises `OwnFault` if the target need not understand the body."""
        plain = {name: value for name, value in body.items() if name not in self._extensions}
        unknown = sorted(plain.keys() - self._known)
        said = [f"{name}: no such parameter" for name in unknown]
        if not unknown:
            said = [f"{each.pointer or 'body'}: {each.message}" for each in self._openai.errors(REQUEST, plain)]
        if said and not self._own_contract_allows(body):
            raise OwnFault(f"our own request breaks the contract: {'; '.join(said[:_LISTED])}")

    def _own_contract_allows(self, body: Any) -> bool:
        if self._own is None:
            return False
        schemas, schema = self._own
        known = _properties(schemas, schema, set()) | self._known | self._extensions
        return body.keys() <= known and schemas.is_valid(schema, body)


def _own(profile: Profile) -> tuple[Schemas, str] | None:
    """Return the chat request schema of the profile's document, if it has one."""
    if profile.own_document is None or "chat" not in profile.paths:
        return None
    schemas = Schemas(load_document(profile.own_document))
    wanted = "/" + profile.paths["chat"].removeprefix("/")
    path = next((path for relative, path in schemas.document.relative_paths().items() if relative == wanted), None)
    schema = schemas.request(f"post {path}") if path is not None else None
    return (schemas, schema) if schema is not None else None


def _properties(schemas: Schemas, pointer: str, seen: set[str]) -> set[str]:
    """Return the names of all properties in a schema and the schemas that it is composed of."""
    if pointer in seen:
        return set()
    seen.add(pointer)
    node: Any = schemas.document.data
    for step in pointer.removeprefix("#/").split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return _named(schemas, node, seen)


def _named(schemas: Schemas, node: Any, seen: set[str]) -> set[str]:
    if not isinstance(node, dict):
        return set()
    found = set(node.get("properties", {}))
    if isinstance(node.get("$ref"), str):
        found |= _properties(schemas, node["$ref"], seen)
    for word in ("allOf", "anyOf", "oneOf"):
        for part in node.get(word, ()):
            found |= _named(schemas, part, seen)
    return found
