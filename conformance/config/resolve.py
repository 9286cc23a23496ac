"""Builds one target from the command line, the environment and a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from conformance.config.base_url import with_scheme
from conformance.config.depth import Depth
from conformance.config.key_command import tokens_of
from conformance.config.profile import Profile, load_profile
from conformance.config.retrieval import read_retrieval
from conformance.config.target import Budget, Pace, Prices, Target, checked_url, shown_url
from conformance.config.toml_file import DEFAULT_FILE, load_targets
from conformance.options import Layer, TargetError, TargetOptions, environment
from conformance.options.docs_option import docs_site
from conformance.options.option import HEADER_NAME
from conformance.wire import Limits, Route, Tokens, may_be_credential

DEFAULT_KEY_ENV = "CONFORMANCE_API_KEY"
_NO_KEY_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)


def gather(*layers: Layer, environ: Mapping[str, str], weakest: Layer | None = None) -> TargetOptions:
    """Return the options of a run, combined from `layers` (the command line first), the environment and the TOML file.

    The TOML file contributes the options of the target that the user named. `weakest` has options with the lowest
    precedence: all other sources override these options. Raises `TargetError` if an option is invalid, or if the file
    named by `config` cannot be used. The file is read even if the user did not name a target in it.
    """
    options = TargetOptions.merged(*layers, environment(environ), weakest or {}, environ=environ)
    config, target = options["config"], options["target"]
    if config is not None:
        load_targets(Path(config))
    if target is None or "://" in target:
        return options
    named = {name: given for name, given in _named(target, config).items() if name != "target"}
    return TargetOptions.merged(*layers, environment(environ), named, weakest or {}, environ=environ)


def resolve(options: TargetOptions) -> Target:
    """Return the target under test. Raises `TargetError` or `SpecError`; the message tells the user what to do.

    The option `target` is a URL, or the name of a target in the TOML file (`config`, or `conformance.toml` in the
    current folder).
    """
    wanted = options["target"]
    if not wanted:
        raise TargetError("No target. Give a URL like http://localhost:8000/v1, or a name from conformance.toml")
    name = "" if "://" in wanted else wanted
    url = _named(wanted, options["config"])["target"].value if name else wanted
    profile = load_profile(options["profile"] or "openai")
    checked_url(url)  # a broken URL is reported before anything is done with it
    key_env = options["key_env"] or _key_env(url, profile)
    tokens = _tokens(options)
    key = None if options["no_key"] else tokens.stand_in if tokens else _key(options, key_env)
    proxy = _proxy(options)
    target = Target(
        url=checked_url(
            url,
            sends=_sent(key, options["headers"] or {}),
            allow_plain=options["allow_plain_http"] or False,
            proxy=proxy,
        ),
        profile=profile,
        key=key,
        key_env=key_env,
        second_key=_second_key(options, key),
        second_key_env=options["second_key_env"] or "",
        name=name,
        key_header=_key_header(options),
        key_form=options["key_form"] or "",
        tokens=tokens,
        ca_file=options["ca_file"],
        client_cert=options["client_cert"],
        client_key=options["client_key"],
        proxy=proxy,
    )
    return with_settings(target, options)


def with_settings(target: Target, options: TargetOptions) -> Target:
    """Return the target with the model, headers, depth, limits, budget and request rate from the options."""
    depth = Depth.DEEP if options["deep"] and "depth" not in options.given else Depth(options["depth"])
    timeout = options["timeout"]
    if options["max_cost"] is not None and options["price_in"] is None and options["price_out"] is None:
        raise TargetError(f"{options.said('max_cost')} needs price_in or price_out, for a million tokens each")
    return replace(
        target,
        name=options["name"] or target.name,
        model=options["model"],
        headers=tuple((options["headers"] or {}).items()),
        deep=depth is Depth.DEEP,
        depth=depth,
        seed=options["seed"],
        repeat=options["repeat"],
        gentle=options["gentle"] or False,
        wait_ready=options["wait_ready"] or 0.0,
        context_window=options["context_window"] or 0,
        retrieval=read_retrieval(options.__getitem__, options.said) or target.retrieval,
        limits=target.limits if timeout is None else Limits.within(timeout),
        budget=Budget(
            options["max_requests"],
            options["max_output_tokens"],
            options["max_seconds"],
            options["max_cost"],
            Prices(options["price_in"], options["price_out"]),
        ),
        region=options["region"] or "",
        labels=tuple(options["labels"] or ()),
        docs_url=docs_site(options["docs_url"] or "", options.said("docs_url")),
        pace=Pace(1 if options["gentle"] else options["concurrency"], options["rate"]),
    )


def not_for_the_reference(options: TargetOptions) -> None:
    """Raises `TargetError` for an option that has no effect on the built-in reference endpoint."""
    for name, given in options.given.items():
        if not options.table[name].reference and given.value is not False:
            raise TargetError(
                f"{given.said} applies to a target of yours, and none is named: without a URL the built-in reference"
                " endpoint is tested. Give a URL like http://localhost:8000/v1, or a name from conformance.toml"
            )


def _key_env(url: str, profile: Profile) -> str:
    """Return the vendor's key variable, only for the vendor's host, so that no other host receives the key."""
    own = urlsplit(profile.base_url).hostname
    return profile.key_env if own and own == urlsplit(url).hostname else DEFAULT_KEY_ENV


def _sent(key: str | None, headers: Mapping[str, str]) -> str:
    """Describe which credential the requests carry; "" for none."""
    if key is not None:
        return "the key"
    telling = [name for name, value in headers.items() if may_be_credential(name, value)]
    return f"the header {telling[0]}" if telling else ""


def _named(name: str, config: str | None) -> Layer:
    path = Path(config or DEFAULT_FILE)
    meant = with_scheme(name)
    hint = f" Did you mean {meant}?" if meant else " Give a URL like http://localhost:8000/v1"
    if config is None and not path.exists():
        where = f"there is no {DEFAULT_FILE} here to look the name up in"
        raise TargetError(f"'{shown_url(name)}' is not a URL, and {where}.{hint}")
    targets = load_targets(path)
    if name not in targets:
        known = ", ".join(sorted(targets)) or "none"
        near = get_close_matches(name, targets, n=1)
        hint = f" Did you mean {near[0]}?" if near else hint if meant else ""
        raise TargetError(f"{path} has no target '{shown_url(name)}'. Targets there: {known}.{hint}")
    return targets[name]


def _tokens(options: TargetOptions) -> Tokens | None:
    command = options["key_cmd"]
    if command is None or options["no_key"]:
        return None
    said = options.said("key_cmd")
    others = [options.said(name) for name in ("key_env", "key_file") if name in options.given]
    if others:
        raise TargetError(f"{said} and {others[0]} both say where the key comes from. Give one of them")
    return tokens_of(command, said, printable)


def _key_header(options: TargetOptions) -> str:
    name, said = str(options["key_header"]).strip().lower(), options.said("key_header")
    if not HEADER_NAME.fullmatch(name) or name in _NO_KEY_HEADERS:
        raise TargetError(f"{said}: {name!r} is not a header that can carry a key. Give a name such as api-key")
    return name


def _proxy(options: TargetOptions) -> str | None:
    """Return the URL of the proxy. Raises `TargetError` if it is invalid; its credentials are not shown."""
    proxy: str | None = options["proxy"]
    try:
        Route(proxy=proxy).through()
    except ValueError as error:
        raise TargetError(
            f"{options.said('proxy')} is not the URL of a proxy ({error}). Give http://HOST:PORT"
        ) from None
    return proxy


def _key(options: TargetOptions, key_env: str) -> str | None:
    key_file = options["key_file"]
    if key_file is not None:
        try:
            key = Path(key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TargetError(f"The key file {key_file} cannot be read ({error})") from None
        if not key:
            raise TargetError(f"The key file {key_file} is empty")
        return printable(key, key_file)
    key = options.environ.get(key_env, "").strip()
    if not key and "key_env" in options.given:
        raise TargetError(f"The environment variable {key_env} is not set, or empty. Set it, or use --no-key")
    return printable(key, key_env) if key else None


def _second_key(options: TargetOptions, key: str | None) -> str | None:
    """Return the key of another account; None if the user named none."""
    name, said = options["second_key_env"], options.said("second_key_env")
    if name is None:
        return None
    second = printable(options.environ.get(name, "").strip(), name)
    if not second:
        raise TargetError(f"The environment variable {name} is not set, or empty. Set it, or leave {said} out")
    if key is None:
        raise TargetError(f"{said} needs the key of the first account, too: see --key-env")
    if second == key:
        raise TargetError(f"{said}: {name} has the key of the first account. Give a key of another account")
    return second


def printable(key: str, where: str) -> str:
    """Return the key. Raises `TargetError` if the key contains characters that an HTTP header cannot carry."""
    if not key.isascii() or not key.isprintable() or " " in key:
        raise TargetError(
            f"The key in {where} has characters that no HTTP header can carry. Check that it is the right key"
        )
    return key
