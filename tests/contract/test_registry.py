"""Requirements and features: what is read, and what is refused with the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import (
    Basis,
    ModelDependence,
    SpecError,
    UnknownName,
    load_features,
    load_registry,
    selected,
)
from conformance.specs import SPECS
from conformance.verdict import Level

FEATURES = "features:\n  stop:\n    params: [stop]\n    description: Stop sequences.\n"
AREAS = "areas:\n  chat: Chat\n  chat.stop: Stop sequences\n  chat.n: Choices\n"
HEAD = "contract: openai\nrequirements:\n"
GOOD = """\
  - id: chat.stop.excluded
    level: MUST
    statement: The stop sequence is not returned.
    basis: docs
    source: "OpenAPI StopConfiguration"
    impact: Clients see it twice.
"""


def written(folder: Path, **files: str) -> Path:
    """A specs folder with `openai/features.yaml` and those requirement files."""
    requirements = folder / "openai" / "requirements"
    requirements.mkdir(parents=True)
    (folder / "openai" / "features.yaml").write_text(FEATURES)
    (folder / "areas.yaml").write_text(AREAS)
    for name, text in files.items():
        (requirements / f"{name}.yaml").write_text(text)
    return folder


def test_a_requirement_has_all_that_its_file_says(tmp_path: Path) -> None:
    """Every field is read, with the file and line it is written on."""
    specs = written(
        tmp_path,
        stop=HEAD + GOOD + "    fix: Hold text back.\n    feature: stop\n    model: low\n    excluded: Unseen.\n",
    )
    found = load_registry(specs)["chat.stop.excluded"]
    assert (found.contract, found.area, found.level, found.basis) == ("openai", "chat.stop", Level.MUST, Basis.DOCS)
    assert (found.statement, found.source) == ("The stop sequence is not returned.", "OpenAPI StopConfiguration")
    assert (found.impact, found.fix, found.feature) == ("Clients see it twice.", "Hold text back.", "stop")
    assert (found.model, found.excluded) == (ModelDependence.LOW, "Unseen.")
    assert (found.file.name, found.line) == ("stop.yaml", 3)


def test_optional_fields_have_defaults(tmp_path: Path) -> None:
    """Without them there is no advice, no feature, no dependence on the model, and a check is expected."""
    found = load_registry(written(tmp_path, stop=HEAD + GOOD))["chat.stop.excluded"]
    assert (found.fix, found.feature, found.model, found.excluded) == ("", None, ModelDependence.NONE, None)


def test_requirements_are_grouped_by_area(tmp_path: Path) -> None:
    """Areas come in the order of their file."""
    other = GOOD.replace("chat.stop.excluded", "chat.n.count")
    specs = written(tmp_path, stop=HEAD + GOOD, z=HEAD + other)
    registry = load_registry(specs)
    found = [(area, [each.id for each in members]) for area, members in registry.by_area().items()]
    assert found == [("chat.stop", ["chat.stop.excluded"]), ("chat.n", ["chat.n.count"])]
    assert registry.areas["chat.n"] == "Choices"


def test_a_new_surface_is_an_area_before_somebody_titles_it(tmp_path: Path) -> None:
    """The route is enough: `areas.yaml` need not name it, and its title counts where it does."""
    registry = load_registry(written(tmp_path, z=HEAD + GOOD.replace("chat.stop.excluded", "embeddings.float")))
    assert registry["embeddings.float"].area == "embeddings"
    assert registry.areas["embeddings"] == "Embeddings"
    assert registry.areas["chat"] == "Chat"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (HEAD + GOOD + GOOD, 9, "'chat.stop.excluded' is given twice (first in"),
        (HEAD + GOOD + "    colour: red\n", 9, "unknown field 'colour' in a requirement"),
        (HEAD + GOOD.replace("    impact: Clients see it twice.\n", ""), 3, "a requirement lacks 'impact'; add it"),
        (HEAD + GOOD.replace("Clients see it twice.", '""'), 8, "'impact' must be a non-empty text, not empty"),
        (HEAD + GOOD.replace('"OpenAPI StopConfiguration"', "[a]"), 7, "'source' must be a non-empty text, not a list"),
        (HEAD + GOOD.replace("MUST", "must"), 4, "level 'must' must be one of MUST, SHOULD, MAY"),
        (HEAD + GOOD.replace("docs", "rumour"), 6, "basis 'rumour' must be one of schema, docs, sdk, observed"),
        (HEAD + GOOD + "    model: some\n", 9, "model 'some' must be one of none, low, high"),
        (HEAD + GOOD + "    feature: flight\n", 3, "unknown feature 'flight'; add it to openai/features.yaml"),
        (HEAD + GOOD.replace("chat.stop.excluded", "Chat.stop"), 3, "id 'Chat.stop' must be two or more parts"),
        (HEAD + GOOD.replace("chat.stop.excluded", "chat"), 3, "id 'chat' must be two or more parts"),
        (HEAD + GOOD.replace("chat.stop.excluded", "images.size"), 3, "id 'images.size' is in no area; add a prefix"),
        (HEAD + GOOD + "    level: MAY\n", 9, "'level' is given twice (first on line 4); keep one"),
        (HEAD.replace("openai", "telnyx") + GOOD, 1, "contract is 'telnyx' but the file is in 'openai'"),
        (HEAD + GOOD.replace("docs", "docs: x"), 6, "is not valid YAML"),
        ("requirements: []\n", 1, "a requirements file lacks 'contract'; add it"),
        (HEAD.replace("requirements:", "requirements: []"), 2, "must be a list with at least one requirement"),
        ("", 1, "a requirements file must be a mapping, not empty"),
        ("a: &x [*x]\n", 1, "an alias (`*name`) contains itself"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    """The error names file and line, says what is wrong, and what to do."""
    with pytest.raises(SpecError) as caught:
        load_registry(written(tmp_path, stop=text))
    assert message in str(caught.value)
    assert (caught.value.file, caught.value.line) == (tmp_path / "openai" / "requirements" / "stop.yaml", line)
    assert str(caught.value).startswith(f"{caught.value.file}:{line}: ")


def test_an_id_is_unique_over_all_files(tmp_path: Path) -> None:
    """The same id in two files names both places."""
    with pytest.raises(SpecError, match=r"b\.yaml:3: .*first in .*a\.yaml:3"):
        load_registry(written(tmp_path, a=HEAD + GOOD, b=HEAD + GOOD))


def test_a_folder_without_requirements_is_refused(tmp_path: Path) -> None:
    """An empty registry would judge nothing and look like success."""
    with pytest.raises(SpecError, match="give the folder that holds the contracts"):
        load_registry(tmp_path)


def test_the_requirements_that_come_with_the_suite_load() -> None:
    """All files are well-formed; the ids of stop sequences are there."""
    registry = load_registry(SPECS)
    assert {"chat.stop.excluded", "chat.stop.limit", "chat.stop.split-across-chunks"} <= set(registry)
    assert "openai" in {each.contract for each in registry.values()}


def test_every_requirement_is_in_an_area_that_begins_its_id() -> None:
    """Of several that do, the longest; and there are no more areas than a report has room for."""
    registry = load_registry()
    assert 30 <= len(registry.areas) <= 45
    assert registry.by_area().keys() == registry.areas.keys()
    for requirement in registry.values():
        fitting = [area for area in registry.areas if f"{requirement.id}.".startswith(f"{area}.")]
        assert requirement.area == max(fitting, key=len)


def test_a_name_selects_a_requirement_or_all_that_begin_with_it() -> None:
    """An area takes those below it along; half a word is no name."""
    registry = load_registry()
    assert selected(registry, ["chat.stop.array"]) == ("chat.stop.array",)
    tools = selected(registry, ["chat.tools"])
    assert {registry[name].area for name in tools} == {"chat.tools", "chat.tools.strict"}
    assert selected(registry, []) == tuple(registry)
    with pytest.raises(UnknownName):
        selected(registry, ["chat.sto"])


@pytest.mark.parametrize("name", ["chat.effects", "chat.parameters", "nope.nope", ""])
def test_an_unknown_name_is_answered_with_the_areas(name: str) -> None:
    """Whoever wrote an area that is gone sees those there are."""
    with pytest.raises(UnknownName, match=r"no such requirement or area: .*The areas are auth, error, http") as caught:
        selected(load_registry(), ["chat.stop", name])
    assert all(area in str(caught.value) for area in load_registry().areas)


@pytest.mark.parametrize("name", ["chat.stpo", "Chat.Stop", "chat.stop.limt"])
def test_a_slip_is_answered_with_the_name_that_was_meant(name: str) -> None:
    """In one short line, without forty areas."""
    with pytest.raises(UnknownName, match=r"Did you mean chat\.stop") as caught:
        selected(load_registry(), [name])
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("areas: [chat]\n", "must map each prefix"),
        ("areas:\n  chat: []\n", "'chat' must be a non-empty text"),
        ("", "the areas file must be a mapping"),
    ],
)
def test_a_wrong_areas_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Each fault has its sentence."""
    specs = written(tmp_path, stop=HEAD + GOOD)
    (specs / "areas.yaml").write_text(text)
    with pytest.raises(SpecError, match=message):
        load_registry(specs)


def test_features_name_the_parameters_that_ask_for_them() -> None:
    """A feature has its request parameters; one that is a whole operation has none."""
    features = load_features(SPECS)
    assert features["penalties"].params == ("frequency_penalty", "presence_penalty")
    assert features["models_list"].params == ()
    assert all(feature.description for feature in features.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("features: []\n", "must map each feature's name"),
        ("features:\n  a: {params: [x]}\n", "feature 'a' lacks 'description'"),
        ("features:\n  a: {description: x, parms: [x]}\n", "unknown field 'parms'"),
        ("features:\n  a: {description: x, params: x}\n", "'params' must be a list of texts"),
    ],
)
def test_a_wrong_features_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Each fault has its sentence."""
    (tmp_path / "openai").mkdir()
    (tmp_path / "openai" / "features.yaml").write_text(text)
    with pytest.raises(SpecError, match=message):
        load_features(tmp_path)
