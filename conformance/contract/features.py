"""Features: the capabilities that an endpoint may offer, and the request parameters that use each feature."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from conformance.contract.located import load_yaml
from conformance.contract.packs import packs
from conformance.specs import SPECS


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of an endpoint.

    `params` lists the request parameters that use the feature. `params` is empty if the feature is a complete operation
    or a property of every request.

    The name of a nested parameter has dots, such as `reasoning.effort`. If an operation returns only server errors, or
    if a promised operation is missing, only the requirement named by `answered` fails, and the other requirements of
    the operation are inconclusive. If `answered` names no requirement (""), each requirement of the feature gets a
    verdict even if the operation is missing or returns only server errors.
    """

    name: str
    description: str
    params: tuple[str, ...]
    answered: str = ""


def load_features(specs: Path = SPECS) -> dict[str, Feature]:
    """Return every feature by name: first the features of `openai/features.yaml`, then the features of the packs.

    Raises `SpecError` if a file does not map names of features to `params` and `description`, or if two features have
    the same name.
    """
    found: dict[str, Feature] = {}
    for file in (specs / "openai" / "features.yaml", *(pack.features for pack in packs(specs))):
        if file is not None:
            found |= _read(file, found)
    return found


def _read(file: Path, taken: Collection[str]) -> dict[str, Feature]:
    document = load_yaml(file)
    document.mapping((), allowed=("features",), required=("features",), what="the features file")
    names = document.at(("features",))
    if not isinstance(names, dict) or not names:
        raise document.error("'features' must map each feature's name to its params and description", "features")
    features = {}
    for name in names:
        if name in taken:
            raise document.error(
                f"feature {name!r} is given twice; use the one there is, or rename this one", "features", name
            )
        here = ("features", name)
        document.mapping(
            here, allowed=("params", "description", "answered"), required=("description",), what=f"feature {name!r}"
        )
        answered = document.text(*here, "answered") if "answered" in names[name] else ""
        features[name] = Feature(name, document.text(*here, "description"), document.texts(*here, "params"), answered)
    return features
