"""What all HTML pages share: escaping, templates and the content security policy.

HTML pages of the suite load no other files.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from conformance.cached import kept
from conformance.report.safe_text import clip, visible

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _prose(text: str) -> Markup:
    """Return a sentence of the suite with `names` in backticks as code, and everything escaped."""
    text = visible(clip(text, 20_000))
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)
    )


def environment_of_pages() -> Environment:
    """Return the template environment, which escapes all values, and fails for an undefined name."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose
    return environment


def template(environment: Environment, name: str, folder: Path = _TEMPLATES) -> Template:
    """Return a template.

    The compiled form of the templates is kept for the next process, because compiling takes long.
    """
    file = folder / name
    sources = (file, Path(jinja2.__file__), Path(__file__))
    code = kept(name, sources, lambda: environment.compile(file.read_text("utf-8"), name, str(file)))
    return Template.from_code(environment, code, environment.make_globals(None))


def _shown(value: Any) -> Any:
    """Return what a template expression prints: the suite's markup unchanged, other text visible and limited."""
    if isinstance(value, Markup):
        return value
    return visible(clip(value, 20_000)) if isinstance(value, str) else value


def raw(text: str) -> Markup:
    """Return the suite's own text (style, script, escaped JSON) so that the page contains it byte for byte."""
    return Markup(text)  # noqa: S704 - none of the callers passes text of a target that is not escaped for its place


def policy(style: str, script: str) -> str:
    """Return a content security policy that allows only the given style and script."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
