"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `models`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from conformance.reference.errors import ApiError
from conformance.reference.models import Models
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("models-list-renamed", breaks={"models.list.tested-model"}, source="plausible: a gateway's own names")
class ModelsListRenamed(Models):
    """Ids in the list of models have a prefix, and requests that use these ids are rejected."""

    def list_models(self) -> Any:
        data = [self.model_object(f"hosted--{name}") for name in self.models()]
        return self.http.json_response({"object": "list", "data": data})


@mutant(
    "models-list-bare", breaks={"models.list.schema"}, defects=("d141", "d142"), source="tarasglek/chatcraft.org#515"
)
class ModelsListBare(Models):
    """The list of models is a JSON array instead of an object with `data`."""

    def list_models(self) -> Any:
        return self.http.json_response([self.model_object(name) for name in self.models()])


@mutant(
    "model-created-missing",
    breaks={"models.list.schema", "models.retrieve"},
    defects=("d141",),
    source="BerriAI/litellm#5275",
)
class ModelCreatedMissing(Models):
    """Model objects have neither `created` nor `owned_by`."""

    def model_object(self, name: str) -> Json:
        return {"id": name, "object": "model"}


@mutant("model-unknown-200", breaks={"models.retrieve.unknown"}, defects=("d069",), source="epam/ai-dial-chat#7926")
class ModelUnknown200(Models):
    """Retrieving an unknown model returns 200 instead of 404."""

    def retrieve_model(self, name: str) -> Any:
        return self.http.json_response(self.model_object(name))


@mutant("model-slash-unreachable", breaks={"models.retrieve"}, source="plausible: routes without :path")
class ModelSlashUnreachable(Models):
    """A model with a slash in its id cannot be retrieved."""

    def retrieve_model(self, name: str) -> Any:
        if "/" in name:
            raise ApiError(404, f"The model '{name}' does not exist.", "model", "model_not_found")
        return super().retrieve_model(name)


@mutant("model-listed-twice", breaks={"models.list.unique"}, source="gateways with two deployments of a model")
class ModelListedTwice(Models):
    """The first model is listed twice."""

    def models(self) -> tuple[str, ...]:
        return (*super().models(), super().models()[0])


@mutant("model-unknown-without-code", breaks={"models.retrieve.unknown-code"}, source="engines without codes")
class ModelUnknownWithoutCode(Models):
    """The 404 for an unknown model has no `code`."""

    def retrieve_model(self, name: str) -> Response:
        if name not in self.models():
            raise ApiError(404, f"The model '{name}' does not exist.")
        return super().retrieve_model(name)
