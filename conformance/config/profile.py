"""A profile: the paths, promised features and documented differences of a family of endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, urljoin

from conformance.config.generation import Generation, read_generation
from conformance.config.profile_paths import paths_of
from conformance.contract.document import load_document
from conformance.contract.errors import SpecError
from conformance.contract.features import load_features
from conformance.contract.located import Located, load_yaml
from conformance.contract.pack import OPENAI, Pack
from conformance.contract.packs import pack_named, packs
from conformance.contract.registry import load_registry
from conformance.specs import SPECS

_FIELDS = (
    "name",
    "description",
    "contracts",
    "base_url",
    "document",
    "paths",
    "baseline",
    "promised",
    "optional",
    "error_envelope",
    "validation_statuses",
    "max_tokens_field",
    "image_url",
    "context_window",
    "key_env",
    "differences",
    "generation",
)
_ENVELOPES = ("openai", "http-validation-error")
_TOKEN_FIELDS = ("max_tokens", "max_completion_tokens")
_IMAGE_FORMS = ("object", "string")


@dataclass(frozen=True, slots=True)
class Difference:
    """A violation that an endpoint family documents; reports show it as a documented difference, not as a failure.

    `requirement` is a requirement id, or a shell pattern that matches several ids (`http.error.*`). `cause` is a shell
    pattern: the documented difference covers only violations whose cause matches the pattern. Violations whose cause
    does not match the pattern of a documented difference still count as failures.
    """

    requirement: str
    reason: str
    source: str
    cause: str = "*"

    def covers(self, requirement_id: str, cause: str = "") -> bool:
        """Return whether the profile documents a violation of the given requirement with the given cause."""
        return fnmatchcase(requirement_id, self.requirement) and fnmatchcase(cause, self.cause)


@dataclass(frozen=True, slots=True)
class Profile:
    """A family of endpoints: its addresses, promised features and documented differences.

    - `contracts` names the contracts whose requirements apply; the first is always `openai`.
    - `base_url` is the base URL that an OpenAI SDK needs for the vendor's service; "" if there is no such service.
    - `document` is the OpenAPI document that describes the endpoint family.
    - `paths` maps an operation to its path relative to the target's URL, such as `/chat/completions` or
      `../conversations`. An operation that `paths` lacks has its path in `conformance/api/operations.py`.
    - `baseline` lists the probes that call the operations of the endpoint family.
    - If the target rejects a feature in `promised`, the outcome is `fail`; for a feature in `optional`, the outcome is
      `unsupported`. A feature that is neither in `promised` nor in `optional` is not tested.
    - `validation_statuses` lists the statuses that the contract documents for invalid requests.
    - `image_url` says how images appear in message content: as an `object` with a `url`, as in OpenAI's API, or as a
      `string`.
    - `context_window` is the size of the context window in tokens, for targets whose `/models` does not list it; 0 if
      unknown.
    - `generation` has the rules for generated request bodies by operation; they extend the rules of the `openai`
      profile.
    - `file` is the path of a profile written by the user; None for a profile of the suite or of a pack.
    - `missing` maps each operation that the endpoint family has, but this target lacks, to the reason.
    """

    name: str
    description: str
    contracts: tuple[str, ...]
    base_url: str
    document: Path | None
    paths: Mapping[str, str]
    promised: frozenset[str]
    optional: frozenset[str]
    error_envelope: str
    validation_statuses: tuple[int, ...]
    max_tokens_field: str
    image_url: str
    key_env: str
    differences: tuple[Difference, ...]
    baseline: tuple[str, ...] = ()
    context_window: int = 0
    file: Path | None = None
    generation: Mapping[str, Generation] = field(default_factory=lambda: MappingProxyType({}))
    missing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def promises(self, feature: str | None) -> bool:
        """Return whether rejecting the feature is a failure; also true for None (a requirement without a feature)."""
        return feature is None or feature in self.promised

    def offers(self, operation: str) -> bool:
        """Return whether the endpoint family has the operation."""
        return operation in self.paths

    def without(self, missing: Mapping[str, str]) -> Profile:
        """Return the profile without operations that a target lacks; `missing` gives the reason for each operation."""
        paths = {name: path for name, path in self.paths.items() if name not in missing}
        return replace(self, paths=MappingProxyType(paths), missing=MappingProxyType(dict(missing)))

    def url(self, base_url: str, operation: str, **parameters: str) -> str:
        """Return the full URL of an operation of the target at `base_url`, with percent-encoded path parameters.

        Raises `KeyError` if the profile has no such operation, or if a path parameter is missing.
        """
        path = self.paths[operation].format(**{name: quote(value, safe="") for name, value in parameters.items()})
        return urljoin(base_url.rstrip("/") + "/", path.removeprefix("/"))

    def difference(self, requirement_id: str, cause: str = "") -> Difference | None:
        """Return the documented difference that covers a violation of a requirement with the given cause, or None."""
        return next((each for each in self.differences if each.covers(requirement_id, cause)), None)

    def documents(self, requirement_id: str, cause: str) -> str | None:
        """Return the documented reason for a violation, with its source, or None if the violation is not documented."""
        difference = self.difference(requirement_id, cause)
        return f"{difference.reason} ({difference.source})" if difference else None

    @property
    def own_document(self) -> Path | None:
        """The OpenAPI document of the endpoint family; None if the family uses OpenAI's document or has none."""
        return None if self.document is None or self.document.parent == SPECS / "openai" else self.document


def profile_names(specs: Path = SPECS) -> tuple[str, ...]:
    """Return the names of all profiles: `openai`, and one profile for each pack."""
    return (OPENAI, *sorted(pack.name for pack in packs(specs)))


def load_profile(name_or_path: str = "openai", specs: Path = SPECS) -> Profile:
    """Load a profile by its name (`openai` or the name of a pack), or a user's YAML file by its path.

    If a profile lacks the path of an operation, the path is inherited from the `openai` profile. A path of `null` in a
    profile removes the operation. Raises `SpecError` if the profile does not exist or is invalid.
    """
    if name_or_path == OPENAI:
        return _read(specs / OPENAI / "profile.yaml", specs)
    pack = pack_named(name_or_path, specs)
    if pack is not None:
        return _of_pack(pack, specs)
    own = Path(name_or_path)
    if own.is_file():
        profile = replace(_read(own, specs), file=own)
        if profile.document is not None and specs not in profile.document.parents:
            load_document(profile.document)  # a document that cannot be used is reported now, not later in the run
        return profile
    if own.suffix or own.parent != Path():
        raise SpecError(f"no file {name_or_path}; give the path of a profile's YAML file, or a name like openai")
    names = ", ".join(profile_names(specs))
    raise SpecError(
        f"no profile {name_or_path!r}; use one of {names}, the path of a YAML file, or a pack that --pack DIR gives"
    )


def _of_pack(pack: Pack, specs: Path) -> Profile:
    profile = _read(pack.profile, specs)
    document = load_yaml(pack.profile)
    if profile.name != pack.name:
        raise document.error(f"the profile of pack {pack.name} is called {profile.name!r}; use the pack's name", "name")
    if pack.name not in profile.contracts:
        raise document.error(
            f"the requirements of pack {pack.name} apply to no target; add {pack.name} to 'contracts'", "contracts"
        )
    return profile if pack.document is None else replace(profile, document=pack.document)


def _read(file: Path, specs: Path) -> Profile:
    document = load_yaml(file)
    data = document.mapping((), allowed=_FIELDS, required=("name", "description"), what="a profile")
    known = load_features(specs)
    promised = _features(document, "promised", known)
    optional = _features(document, "optional", known) if "optional" in data else frozenset(known) - promised
    both = sorted(promised & optional)
    if both:
        raise document.error(f"{both[0]!r} is both promised and optional; keep one", "optional")
    return Profile(
        name=document.text("name"),
        description=document.text("description"),
        contracts=_contracts(document, specs),
        base_url=document.optional_text("base_url") or "",
        document=_document(document),
        paths=paths_of(document, specs),
        baseline=document.texts("baseline"),
        promised=promised,
        optional=optional,
        error_envelope=_one_of(document, "error_envelope", _ENVELOPES),
        validation_statuses=_statuses(document),
        max_tokens_field=_one_of(document, "max_tokens_field", _TOKEN_FIELDS),
        image_url=_one_of(document, "image_url", _IMAGE_FORMS),
        context_window=_window(document),
        key_env=document.optional_text("key_env") or "OPENAI_API_KEY",
        differences=_differences(document, specs),
        generation=_generation(document, specs),
    )


def _contracts(document: Located, specs: Path) -> tuple[str, ...]:
    names = document.texts("contracts") or ("openai",)
    if names[0] != "openai":
        raise document.error("'contracts' must begin with openai, which always applies", "contracts")
    known = profile_names(specs)
    for index, name in enumerate(names):
        if name not in known:
            raise document.error(
                f"no contract {name!r}; there are {', '.join(known)}, and packs that --pack DIR gives",
                "contracts",
                index,
            )
    return names


def _document(document: Located) -> Path | None:
    given = document.optional_text("document")
    if given is not None:
        path = document.file.parent / given
        if not path.is_file():
            raise document.error(f"no file {path}; give a path relative to the profile", "document")
        return path
    names = ("openapi.json", "openapi.yaml")
    return next((path for name in names if (path := document.file.parent / name).is_file()), None)


def _generation(document: Located, specs: Path) -> Mapping[str, Generation]:
    shared = specs / "openai" / "profile.yaml"
    inherited = None if document.file == shared else _generation(load_yaml(shared), specs)
    return read_generation(document, paths_of(document, specs), load_features(specs), inherited)


def _features(document: Located, field: str, known: Mapping[str, object]) -> frozenset[str]:
    names = document.texts(field)
    for index, name in enumerate(names):
        if name not in known:
            raise document.error(f"unknown feature {name!r}; known are {', '.join(known)}", field, index)
    return frozenset(names)


def _one_of(document: Located, field: str, words: tuple[str, ...]) -> str:
    value = document.optional_text(field) or words[0]
    if value not in words:
        raise document.error(f"{field} {value!r} must be one of {', '.join(words)}", field)
    return value


def _window(document: Located) -> int:
    value = document.data.get("context_window", 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise document.error("'context_window' must be a number of tokens", "context_window")
    return value


def _statuses(document: Located) -> tuple[int, ...]:
    value = document.data.get("validation_statuses", [400])
    good = isinstance(value, list) and value and all(isinstance(each, int) and 400 <= each < 500 for each in value)
    if not good:
        raise document.error("'validation_statuses' must be a list of 4xx statuses", "validation_statuses")
    return tuple(value)


def _differences(document: Located, specs: Path) -> tuple[Difference, ...]:
    given = document.data.get("differences", [])
    if not isinstance(given, list):
        raise document.error("'differences' must be a list", "differences")
    fields = ("requirement", "reason", "source")
    found = []
    for index in range(len(given)):
        here = ("differences", index)
        document.mapping(here, allowed=(*fields, "cause"), required=fields, what="a difference")
        cause = document.optional_text(*here, "cause") or "*"
        requirement, reason, source = (document.text(*here, field) for field in fields)
        if not any(fnmatchcase(known, requirement) for known in load_registry(specs)):
            raise document.error(
                f"no requirement {requirement!r}; `conformance list` shows them all", *here, "requirement"
            )
        found.append(Difference(requirement, reason, source, cause))
    return tuple(found)
