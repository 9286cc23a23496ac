"""Mutants that accept a missing schema, or crash on a deeply nested schema."""

from __future__ import annotations

import json

from conformance.reference.chat.request import ChatRequests
from conformance.reference.errors import ApiError
from conformance.reference.language_model.constraint import Guide
from conformance.reference.mutants.chat.guided import Forgiving
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("schema-missing-accepted", breaks={"chat.guided.schema-missing"}, source="plausible: absent taken for any")
class SchemaMissingAccepted(Forgiving):
    """A `response_format` of type `json_schema` without a schema is silently ignored."""

    def forgives(self, body: Json, error: ApiError) -> bool:
        return error.param == "response_format.json_schema.schema"


@mutant("deep-schema-crash", breaks={"chat.guided.deep-schema"}, source="plausible: a recursive schema compiler")
class DeepSchemaCrash(ChatRequests):
    """A schema with more than 100 nested objects causes a 500."""

    def schema_guide(self, described: Json, path: str, param: str) -> Guide:
        if json.dumps(described).count('"properties"') > 100:
            raise ApiError(500, "maximum recursion depth exceeded", type="server_error")
        return super().schema_guide(described, path, param)
