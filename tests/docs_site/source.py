"""Writes the source folder of the documentation site: the pages of docs/, generated pages, and every file that they link to."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from conformance.checks.index import by_requirement
from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS
from tests.proof.defects.rows import load as load_defects

from .commands_page import commands_page
from .requirement_page import Facts, defects_of, index_page, mutants_of, requirement_page

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(?<!!)(\[[^\]]*\])\(([^)#\s]+)(#[^)\s]*)?\)|(!\[[^\]]*\])\(([^)\s]+)\)")
PAGE_LINK = re.compile(r'href="(?![a-z]+:)([^"#]+)\.md"')
"""A link from a HTML file to a page of Markdown, which is a HTML file in the site."""
OUTSIDE = "repo"
"""The folder of the site for files from outside docs/."""


def write_source(folder: Path) -> None:
    """Write all pages and linked files below a folder."""
    for name, text in generated().items():
        _write(folder / name, text)
    docs = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")]
    todo = ["CHANGELOG.md", "CONTRIBUTING.md", *sorted(docs)]
    done: set[str] = set()
    while todo:
        path = todo.pop()
        if path in done:
            continue
        done.add(path)
        file, copy = ROOT / path, folder / place_of(path)
        if file.suffix == ".md":
            text = file.read_text(encoding="utf-8")
            _write(copy, rewritten(text, path))
            todo += linked(text, path)
        elif file.suffix == ".html":
            text = file.read_text(encoding="utf-8")
            _write(copy, PAGE_LINK.sub(r'href="\1.html"', text))
            todo += [target for match in PAGE_LINK.finditer(text) if (target := target_of(f"{match[1]}.md", path))]
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def generated() -> Mapping[str, str]:
    """Return the pages that no file in docs/ has, by their place in the site."""
    registry, defects, checks = load_registry(), load_defects(), by_requirement()
    pages = {"requirements/index.md": index_page(registry), "commands.md": commands_page()}
    for requirement in registry.values():
        check = checks.get(requirement.id)
        facts = Facts(
            check.place if check else "",
            check.probes if check else (),
            mutants_of(requirement.id, MUTANTS),
            defects_of(requirement.id, defects),
        )
        pages[f"requirements/{requirement.id}.md"] = requirement_page(requirement, facts)
    return pages


def place_of(path: str) -> str:
    """Return the place in the site of a file of the repository: pages of docs/ are at the top, schemas are together."""
    if path.endswith(".schema.json"):
        return f"schemas/{PurePosixPath(path).name}"
    return path.removeprefix("docs/") if path.startswith("docs/") else f"{OUTSIDE}/{path}"


def target_of(link: str, page: str) -> str | None:
    """Return the file of the repository that a link on a page names, or None for other links.

    A folder stands for its README.
    """
    if re.match(r"[a-z]+:", link) or link.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
    if (ROOT / path).is_dir():
        path = posixpath.join(path, "README.md")
    return path if (ROOT / path).is_file() else None


def linked(text: str, page: str) -> Iterator[str]:
    """Yield the files of the repository to which a page links."""
    for match in LINK.finditer(text):
        target = target_of(match[2] or match[5], page)
        if target:
            yield target


def rewritten(text: str, page: str) -> str:
    """Return the text of a page with links that fit its place in the site. A folder without README loses its link."""
    here = PurePosixPath(place_of(page)).parent.as_posix()

    def fit(match: re.Match[str]) -> str:
        label, link, anchor = (match[1], match[2], match[3] or "") if match[1] else (match[4], match[5], "")
        target = target_of(link, page)
        if target is None and (ROOT / posixpath.dirname(page) / link).is_dir():
            return label.strip("[]")
        return f"{label}({os.path.relpath(place_of(target), here)}{anchor})" if target else match[0]

    return LINK.sub(fit, text)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
