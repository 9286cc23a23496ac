"""The layout of the folder that several audits write to (docs/fleet.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

AUDITS = "audits.json"
SUMMARY = ("summary.md", "summary.json")
COMPARISON = ("comparison.html", "comparison.json", "comparison.md", "comparison.csv")
REFERENCE = ("reference.html", "reference.json", "reference.md")
DOCUMENT = "document.html"
MANIFEST = "manifest.json"
SHARD = "shard.json"
FILES = (AUDITS, SHARD, *SUMMARY, *COMPARISON, *REFERENCE, DOCUMENT, MANIFEST)
"""The files in the folder; every subfolder is the run folder of one audit."""
RESERVED = frozenset({*FILES, "run.ndjson"})
"""Names that no audit may have."""


@dataclass(frozen=True, slots=True)
class FleetLayout:
    """The paths in the output folder `root` of several audits."""

    root: Path

    def run_folder(self, audit: str) -> Path:
        """Return the run folder of the audit with this name."""
        return self.root / audit

    @property
    def audits(self) -> Path:
        """The list of audits, written before the first request."""
        return self.root / AUDITS

    @property
    def shard(self) -> Path:
        """The file with this shard's number and the targets of all shards; it exists only in the folder of a shard."""
        return self.root / SHARD

    @property
    def document(self) -> Path:
        """The path of the HTML document about all audits, which is written for managers."""
        return self.root / DOCUMENT

    @property
    def manifest(self) -> Path:
        """Size and SHA-256 of every other file in the folder and its subfolders."""
        return self.root / MANIFEST
