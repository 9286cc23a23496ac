"""The manifest of a pack: its schema, what is read from it, and what is refused with file and line."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
import yaml
from jsonschema_rs import Draft202012Validator, meta

from conformance.contract import SpecError
from conformance.contract.pack import SCHEMA, manifest_of, read_pack
from conformance.contract.packs import pack_named, packs, suite_packs

FIELDS = json.loads(SCHEMA.read_text(encoding="utf-8"))


def manifest(project: Path) -> Path:
    """The manifest of the pack in a project."""
    return project / "acme_pack" / "pack.yaml"


def changed(project: Path, old: str, new: str) -> Path:
    """The manifest with one line changed."""
    file = manifest(project)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def test_the_schema_is_a_schema_in_which_every_field_is_described() -> None:
    """A stranger reads it beside docs/packs.md."""
    meta.validate(FIELDS)
    assert all(field["description"] for field in FIELDS["properties"].values())
    page = (Path(__file__).parents[2] / "docs" / "packs.md").read_text(encoding="utf-8")
    assert not [name for name in FIELDS["properties"] if f"`{name}`" not in page]


def test_the_packs_of_the_suite_are_read_as_any_other() -> None:
    """Their manifests keep the schema, their data is below `specs`, their code is a package next to the core."""
    assert [pack.name for pack in suite_packs()] == ["telnyx", "vllm"]
    for pack in suite_packs():
        assert Draft202012Validator(FIELDS).is_valid(yaml.safe_load(pack.file.read_text(encoding="utf-8")))
        assert pack.folder.parent.name == "specs"
        assert pack.package == f"conformance.packs.{pack.name}"
        assert pack.checks
        with pytest.raises(FrozenInstanceError):
            pack.name = "x"  # type: ignore[misc]  # that it cannot be is what is tested


def test_a_written_pack_is_read(acme: Path) -> None:
    """Every path is one that is there."""
    pack = read_pack(manifest(acme), "given")
    assert (pack.name, pack.version, pack.title, pack.package) == ("acme", "0.1", "Acme Inference", "acme_pack")
    assert pack.profile.is_file()
    assert pack.features
    assert [file.name for file in pack.requirements] == ["acme.yaml"]
    assert pack.areas == (("acme", "Acme Inference: trace header, rate limits, tags"),)
    assert pack.checks == pack.folder.resolve() / "checks"
    assert pack.has("reference")
    assert not pack.has("nonsense")


def test_a_manifest_is_found_in_its_folder_or_in_the_project_around_it(acme: Path, tmp_path: Path) -> None:
    """Both can be named; a folder with two packs is ambiguous, one without is none."""
    assert manifest_of(acme) == manifest_of(acme / "acme_pack") == manifest(acme)
    with pytest.raises(SpecError, match=r"is no pack: it has no pack\.yaml"):
        manifest_of(tmp_path / "nowhere")
    (acme / "other").mkdir()
    (acme / "other" / "pack.yaml").write_text("")
    with pytest.raises(SpecError, match="holds several packs"):
        manifest_of(acme)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("format: 1", "format: 2", 2, "1 was expected"),
        ("name: acme", "name: Acme", 3, '"Acme" does not match'),
        ("name: acme", "name: openai", 3, "a pack cannot be called openai"),
        ('version: "0.1"', "version: 0.1", 4, '0.1 is not of type "string"'),
        ('title: "Acme Inference"', 'title: ""', 5, "does not match"),
        ("profile: profile.yaml", "profile: none.yaml", 6, "no file "),
        ("profile: profile.yaml", "profile: /etc/passwd", 6, "does not match"),
        ("profile: profile.yaml", "profile: ../pyproject.toml", 6, "is not in the pack's folder"),
        ("requirements: requirements", "requirements: checks", 7, "has no *.yaml"),
        ("features: features.yaml", "features: [a]", 8, 'is not of type "string"'),
        ("areas:\n", "areas:\n  Bad Prefix: x\n", 9, "does not match"),
        ("package: acme_pack", "package: other", 11, "the package is in the folder 'acme_pack'"),
        ("package: acme_pack", "package: a b", 11, "does not match"),
        ("package: acme_pack", "package: acme_pack\ncolour: red", 12, "unknown field 'colour' in a manifest"),
        ("name: acme\n", "", 2, "a manifest lacks 'name'; add it"),
        ("format: 1", "format: [", 4, "is not valid YAML"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_line(acme: Path, old: str, new: str, line: int, message: str) -> None:
    """Before anything of the pack runs."""
    with pytest.raises(SpecError) as caught:
        read_pack(changed(acme, old, new), "given")
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{manifest(acme)}:{line}: ")


def test_a_link_out_of_the_folder_is_refused(acme: Path, tmp_path: Path) -> None:
    """A pack is one folder."""
    (tmp_path / "secret.yaml").write_text("a: 1")
    (acme / "acme_pack" / "profile.yaml").unlink()
    (acme / "acme_pack" / "profile.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(SpecError, match="is not in the pack's folder"):
        read_pack(manifest(acme), "given")


def test_a_package_that_is_not_there_is_refused(acme: Path) -> None:
    """A manifest without code next to it names an installed package."""
    (acme / "acme_pack" / "__init__.py").unlink()
    with pytest.raises(SpecError, match=r"pack\.yaml:11: no Python package 'acme_pack'"):
        read_pack(manifest(acme), "given")


def test_packs_are_known_by_name() -> None:
    """Without any given, those of the suite; nothing else is installed where the tests run."""
    assert packs() == suite_packs()
    found = pack_named("telnyx")
    assert found
    assert re.match(r"[A-Z]", found.title)
    assert pack_named("openai") is None
