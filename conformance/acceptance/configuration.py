"""The configuration of a run: model, profile, OpenAPI document, selection of requirements, depth and seed.

Runs can be compared only if their configurations are equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.record import Header


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of a run that influence its verdicts. `model` is "" if the model is not known yet."""

    profile: str
    model: str = ""
    spec: str = ""
    only: tuple[str, ...] = ()
    depth: str = ""
    seed: int | None = None

    @classmethod
    def of(cls, header: Header) -> Configuration:
        """Return the configuration of a run."""
        settings = header.settings
        case = settings.get("case")
        return cls(
            profile=header.target.profile,
            model=header.target.model,
            spec=str(settings.get("spec") or ""),
            only=tuple(
                sorted(str(name) for name in (*(settings.get("only") or ()), *([f"case {case}"] if case else [])))
            ),
            depth=str(settings.get("depth") or ""),
            seed=settings.get("seed"),
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Configuration:
        """Return the configuration that TOML data describes.

        Raises `KeyError`, `TypeError` or `ValueError` for invalid data.
        """
        only, seed = data.get("only", []), data.get("seed")
        texts = {key: data.get(key, "") for key in ("model", "spec", "depth")} | {"profile": data["profile"]}
        for key, value in texts.items():
            if not isinstance(value, str):
                raise TypeError(f"{key} is not a text")
        if not isinstance(only, list) or not all(isinstance(name, str) for name in only):
            raise TypeError("only is not a list of texts")
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise TypeError("seed is not a whole number")
        return cls(**texts, only=tuple(sorted(only)), seed=seed)

    def differences(self, other: Configuration) -> tuple[str, ...]:
        """Return the differences between two configurations, each as a phrase such as `model a, not b`.

        If one of the two configurations names no model, any model of the other configuration counts as equal.
        """
        pairs: Sequence[tuple[str, object, object]] = (
            ("profile", self.profile, other.profile),
            ("model", self.model, other.model),
            ("OpenAPI document", self.spec or "none", other.spec or "none"),
            ("selection", _selection(self.only), _selection(other.only)),
            ("depth", self.depth, other.depth),
            ("seed", self.seed, other.seed),
        )
        return tuple(
            f"{name} {mine}, not {theirs}"
            for name, mine, theirs in pairs
            if mine != theirs and not (name == "model" and "" in (mine, theirs))
        )


def _selection(only: Sequence[str]) -> str:
    return " ".join(only) if only else "everything"
