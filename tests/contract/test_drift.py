"""Tests the comparison of what documents and SDKs promise."""

from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract.drift import Drift, changes, load_description
from conformance.contract.drift.of_document import of_document
from conformance.contract.drift.of_package import of_package
from conformance.contract.errors import SpecError

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Toy", "version": "1"},
    "paths": {
        "/chat": {
            "post": {
                "parameters": [{"in": "query", "name": "trace", "schema": {"type": "boolean"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Reply"}}}}
                },
            }
        },
        "/chat/{id}": {"get": {"responses": {"200": {"description": "no body"}}}},
    },
    "components": {
        "schemas": {
            "Request": {
                "type": "object",
                "required": ["messages"],
                "properties": {
                    "messages": {"type": "array", "items": {"type": "string"}},
                    "tier": {"enum": ["low", "high"]},
                    "n": {"type": "integer", "maximum": 4},
                    "guided": {"type": "object", "properties": {"regex": {"type": "string"}}},
                },
            },
            "Reply": {
                "type": "object",
                "required": ["text"],
                "properties": {"text": {"type": "string"}, "next": {"$ref": "#/components/schemas/Reply"}},
            },
        }
    },
}
SDK = {
    "toy/resources/chat.py": '''
from ..types import Reply, chat_params
class Chat:
    def create(self, *, messages, tier, extra, key):
        return self._post(
            "/chat",
            body=maybe_transform({"messages": messages, "tier": tier, "extra": extra}, chat_params.ChatParams),
            options=make_request_options(query=maybe_transform({"trace": 1}, chat_params.ChatQuery)),
            cast_to=Reply,
        )
    def retrieve(self, id):
        return self._get(path_template("/chat/{chat_id}", chat_id=id), cast_to=object)
    def remove(self, id):
        return self._delete(path_template("/chat/{chat_id}", chat_id=id), cast_to=object)
''',
    "toy/types/__init__.py": "from .reply import Reply as Reply\n",
    "toy/types/chat_params.py": '''
from .extra import Extra
class ChatParams(TypedDict, total=False):
    messages: Required[SequenceNotStr[str]]
    tier: Required[Literal["low", "middle"]]
    extra: "Extra"
    key: Annotated[str, PropertyInfo(alias="Idempotency-Key")]
class ChatQuery(TypedDict, total=False):
    trace: bool
''',
    "toy/types/extra.py": '''
class One(TypedDict, total=False):
    kind: Required[Literal["one"]]
class Other(TypedDict, total=False):
    kind: Literal["other"]
Extra: TypeAlias = Union[One, Other]
''',
    "toy/types/reply.py": '''
class Reply(BaseModel):
    text: str
    next: Optional["Reply"] = None
    cost: Optional[float] = FieldInfo(alias="costUsd", default=None)
''',
}  # fmt: skip


def test_a_document_and_an_sdk_are_compared_field_by_field() -> None:
    found = changes(of_document("toy", DOCUMENT), of_package("toy", SDK))
    assert found == [
        Drift("new", "DELETE /chat/{}", "", ""),
        Drift("new", "POST /chat", "body extra", "1 field inside"),
        Drift("gone", "POST /chat", "body guided", "1 field inside"),
        Drift("gone", "POST /chat", "body n", ""),
        Drift("changed", "POST /chat", "body tier", "no longer high; also middle; now required"),
        Drift("new", "POST /chat", "response costUsd", ""),
    ]


def test_two_documents_also_differ_in_limits_and_types() -> None:
    text = yaml.safe_dump(DOCUMENT).replace("maximum: 4", "maximum: 8").replace("type: boolean", "type: integer")
    found = changes(of_document("old", DOCUMENT), of_document("new", yaml.safe_load(text)))
    assert found == [
        Drift("changed", "POST /chat", "query trace", "type boolean → integer"),
        Drift("changed", "POST /chat", "body n", "maximum 4 → 8"),
    ]


def test_variants_that_differ_say_nothing_of_required_fields() -> None:
    fields = of_package("toy", SDK).operations["POST /chat"]
    assert fields["body extra.kind"].required is None
    assert fields["body extra.kind"].values == {"one", "other"}


def test_a_header_is_no_field_of_the_body() -> None:
    assert not [place for place in of_package("toy", SDK).operations["POST /chat"] if "dempotency" in place]


def test_the_same_source_has_no_differences() -> None:
    for description in (of_document("toy", DOCUMENT), of_package("toy", SDK)):
        assert changes(description, description) == []


def test_a_wheel_and_its_folder_promise_the_same(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "toy.whl", "w") as wheel:
        for name, text in SDK.items():
            wheel.writestr(name, text)
    with zipfile.ZipFile(tmp_path / "toy.whl") as wheel:
        wheel.extractall(tmp_path)
    of_wheel, of_folder = load_description(str(tmp_path / "toy.whl")), load_description(str(tmp_path / "toy"))
    assert of_wheel.operations == of_folder.operations == of_package("toy", SDK).operations


@pytest.mark.parametrize("content", [b"no zip", b""])
def test_a_broken_wheel_is_a_spec_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.whl").write_bytes(content)
    with pytest.raises(SpecError, match="give a wheel"):
        load_description(str(tmp_path / "broken.whl"))


def test_a_folder_without_operations_is_a_spec_error(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="describes no operation"):
        load_description(str(tmp_path))


def test_a_module_that_python_cannot_read_is_a_spec_error(tmp_path: Path) -> None:
    (tmp_path / "toy" / "resources").mkdir(parents=True)
    (tmp_path / "toy" / "resources" / "chat.py").write_text("class (", encoding="utf-8")
    with pytest.raises(SpecError, match="cannot be read"):
        load_description(str(tmp_path / "toy"))


def test_openais_sdk_and_our_document_agree_on_the_parameters_of_chat() -> None:
    """The official SDK may have more than the pinned document, but must not lack a parameter."""
    spec = find_spec("openai")
    assert spec
    assert spec.origin
    folder = Path(spec.origin).parent
    files = {
        f"openai/{file.relative_to(folder).as_posix()}": file.read_text(encoding="utf-8")
        for file in folder.rglob("*.py")
        if "resources" not in file.parts or file.name == "completions.py"
    }
    chat = "POST /chat/completions"
    found = changes(load_description("openai"), of_package("openai", files))
    gone = [each for each in found if each.operation == chat and each.kind == "gone"]
    assert gone == []
    assert {place for place in of_package("openai", files).operations[chat] if place.startswith("body temperature")}
