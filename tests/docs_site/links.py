"""Checks that every relative link of a built site leads to a file, and every fragment to an element of this file."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """Collects the links and the ids of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.reads_fragments = "location.hash" in text
        self.feed(text)

    def has(self, fragment: str) -> bool:
        """Whether a fragment leads to an element. A page with a script for fragments makes elements and filters from them."""
        return self.reads_fragments or fragment in self.ids

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.links += [found[name] for name in ("href", "src") if found.get(name)]
        self.ids |= {found[name] for name in ("id", "name") if found.get(name)}


def broken_links(site: Path) -> Iterator[str]:
    """Yield one line for each broken link below a folder."""
    pages = {file: _Page(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.html"))}
    for file, page in pages.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if parts.path.startswith("/"):
                target = (site / unquote(parts.path.lstrip("/"))).resolve()
            if target.is_dir():
                target /= "index.html"
            where = f"{file.relative_to(site)}: {link}"
            if not target.is_file():
                yield f"{where} leads to no file"
            elif parts.fragment and target in pages and not pages[target].has(unquote(parts.fragment)):
                yield f"{where} leads to no element"
