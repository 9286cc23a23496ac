"""One target out of the command line, the environment and a TOML file; the earlier wins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.target.config import DEFAULT_FILE, TargetSettings, load_targets
from conformance.target.depth import SEED, Depth
from conformance.target.profile import Profile, load_profile
from conformance.target.target import Budget, Pace, Target, TargetError, checked_url, shown_url
from conformance.wire import Limits, may_be_credential

DEFAULT_KEY_ENV = "CONFORMANCE_API_KEY"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user said on the command line; None where nothing was said."""

    target: str | None = None
    model: str | None = None
    profile: str | None = None
    key_env: str | None = None
    key_file: str | None = None
    no_key: bool = False
    config: str | None = None
    concurrency: int | None = None
    rate: float | None = None
    max_requests: int | None = None
    max_output_tokens: int | None = None
    max_seconds: float | None = None
    timeout: float | None = None
    ca_file: str | None = None
    allow_plain_http: bool = False
    deep: bool = False
    depth: str | None = None
    seed: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def resolve(wishes: Wishes) -> Target:
    """The target to test. Raises `TargetError` or `SpecError`, each with the next step in its message.

    `wishes.target` is a URL or the name of a target in the TOML file (`--config`, or `conformance.toml` here).
    Environment: `CONFORMANCE_TARGET`, `CONFORMANCE_MODEL`, `CONFORMANCE_PROFILE`.
    """
    env = wishes.environ
    wanted = target_named(wishes)
    if not wanted:
        raise TargetError("No target. Give a URL like http://localhost:8000/v1, or a name from conformance.toml")
    settings = TargetSettings(wanted, {"url": wanted}) if "://" in wanted else _named(wanted, wishes.config)

    def pick(key: str, said: Any = None, variable: str = "") -> Any:
        return said if said is not None else (env.get(variable) or settings.get(key))

    profile = load_profile(pick("profile", wishes.profile, "CONFORMANCE_PROFILE") or "openai")
    checked_url(settings.values["url"])  # a broken URL is told before anything is done with it
    named = pick("key_env", wishes.key_env)
    key_env = _key_env(settings.values["url"], profile) if named is None else named
    key = None if wishes.no_key else _key(pick("key_file", wishes.key_file), key_env, env, named is not None)
    allow_plain = wishes.allow_plain_http or bool(settings.get("allow_plain_http"))
    timeout = pick("timeout", wishes.timeout)
    limits = Limits() if timeout is None else Limits.within(timeout)
    depth = depth_of(pick("depth", wishes.depth), deep=wishes.deep or bool(settings.get("deep")))
    seed = pick("seed", wishes.seed)
    headers = {**(settings.get("headers") or {}), **dict(wishes.headers)}
    return Target(
        url=checked_url(settings.values["url"], sends=_sent(key, headers), allow_plain=allow_plain),
        profile=profile,
        model=pick("model", wishes.model, "CONFORMANCE_MODEL"),
        key=key,
        key_env=key_env,
        name=settings.name if "://" not in settings.name else "",
        headers=tuple(headers.items()),
        ca_file=pick("ca_file", wishes.ca_file),
        deep=depth is Depth.DEEP,
        depth=depth,
        seed=SEED if seed is None else seed,
        limits=limits,
        budget=Budget(
            requests=pick("max_requests", wishes.max_requests),
            output_tokens=pick("max_output_tokens", wishes.max_output_tokens),
            seconds=pick("max_seconds", wishes.max_seconds),
        ),
        pace=Pace(concurrency=pick("concurrency", wishes.concurrency) or 8, rate=pick("rate", wishes.rate)),
    )


def target_named(wishes: Wishes) -> str | None:
    """The URL or name that the user gave, or None when the user gave none.

    Raises `TargetError` for a value that is set but empty, and for a `--config` file that cannot be used: most likely a
    variable of a CI job is unset, and the run would test something else than its author meant.
    """
    options = {
        "--model": wishes.model,
        "--profile": wishes.profile,
        "--key-env": wishes.key_env,
        "--key-file": wishes.key_file,
        "--config": wishes.config,
    }
    for name, said in options.items():
        if said is not None and not said.strip():
            raise TargetError(f"{name} is empty. Is a variable unset? Give it a value, or leave {name} out")
    if wishes.config is not None:
        load_targets(Path(wishes.config))
    target, source = wishes.target, "The target"
    if target is None:
        target, source = wishes.environ.get("CONFORMANCE_TARGET"), "CONFORMANCE_TARGET"
    if target is not None and not target.strip():
        raise TargetError(
            f"{source} is empty. Is a variable unset? Give a URL like http://localhost:8000/v1,"
            " or a name from conformance.toml"
        )
    return target


def depth_of(word: str | None, *, deep: bool = False) -> Depth:
    """The depth that a user names; `--deep` is short for the deepest. Raises `TargetError` for a word that is none."""
    if word is None:
        return Depth.DEEP if deep else Depth.QUICK
    try:
        return Depth(word)
    except ValueError:
        raise TargetError(f"depth {word!r} is none of {', '.join(Depth)}") from None


def _key_env(url: str, profile: Profile) -> str:
    """The vendor's own variable for the vendor's own host only: no other host is sent a key it was not meant to see."""
    own = urlsplit(profile.base_url).hostname
    return profile.key_env if own and own == urlsplit(url).hostname else DEFAULT_KEY_ENV


def _sent(key: str | None, headers: Mapping[str, str]) -> str:
    """What of the requests is a credential, in words; "" when nothing is."""
    if key is not None:
        return "the key"
    telling = [name for name, value in headers.items() if may_be_credential(name, value)]
    return f"the header {telling[0]}" if telling else ""


def _named(name: str, config: str | None) -> TargetSettings:
    path = Path(config or DEFAULT_FILE)
    if config is None and not path.exists():
        raise TargetError(
            f"'{shown_url(name)}' is not a URL, and there is no {DEFAULT_FILE} here to look the name up in."
            " Give a URL like http://localhost:8000/v1"
        )
    targets = load_targets(path)
    if name not in targets:
        known = ", ".join(sorted(targets)) or "none"
        raise TargetError(f"{path} has no target '{shown_url(name)}'. Targets there: {known}")
    return targets[name]


def _key(key_file: str | None, key_env: str, env: Mapping[str, str], named: bool) -> str | None:
    if key_file is not None:
        try:
            key = Path(key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TargetError(f"The key file {key_file} cannot be read ({error})") from None
        if not key:
            raise TargetError(f"The key file {key_file} is empty")
        return _printable(key, key_file)
    if not key_env.strip():
        raise TargetError("key_env is empty. Name the environment variable that holds the key, or use --no-key")
    key = env.get(key_env, "").strip()
    if not key and named:
        raise TargetError(f"The environment variable {key_env} is not set, or empty. Set it, or use --no-key")
    return _printable(key, key_env) if key else None


def _printable(key: str, where: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise TargetError(f"The key in {where} has characters that no HTTP header can carry. Is it the right one?")
    return key
