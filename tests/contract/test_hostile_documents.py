"""Broken and hostile spec files end in one clear error, soon, and without the memory that they ask for."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from conformance.contract import SpecError, bounded, load_document
from conformance.contract.spec_text import MAX_BYTES

HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
LAUGHS = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])
REF = (
    HEAD
    + "paths: {/a: {post: {responses: {'200': {description: d, content: {application/json: {schema: {$ref: '%s'}}}}}}}}\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "paths: {}\n" + LAUGHS, r"bad\.yaml:\d+: its aliases .* write out to more than"),
        (HEAD + "paths: &p {a: *p}\n", r"bad\.yaml:3: an alias .* contains itself"),
        (HEAD + "paths: " + "[" * 100_000, r"bad\.yaml:3: is nested more than 200 levels deep"),
        (HEAD + "paths:\n" + "\n".join(" " * n + "a:" for n in range(1, 400)), r"bad\.yaml:\d+: is nested more than 200"),
        (HEAD + "paths: " + "[" * 201 + "]" * 201, r"bad\.yaml:3: is nested more than 200 levels deep"),
        (HEAD + "paths:\n" + "\n".join(["  a0: &a0 [x]", *(f"  a{n}: &a{n} [*a{n - 1}]" for n in range(1, 400))]), r"bad\.yaml:\d+: is nested more than 200 levels"),
        (HEAD + "paths: {a: !!int x}\n", r"bad\.yaml: is not YAML that can be read"),
        ("- " * 5_000 + "a", r"is nested more than 200 levels deep"),
        ("[" * 200_000, r"is nested more than 200 levels deep|not valid"),
        ('{"openapi": "3.1.0", "paths": ' + "[" * 200_000, r"is nested deeper than any document needs"),
        (REF % "https://example.com/schema.json", r"/schema/\$ref refers to 'https://example.com/schema.json', and nothing is fetched"),
        (REF % "other.yaml#/a", r"refers to 'other.yaml#/a', and nothing is fetched"),
        (REF % "#/components/schemas/Nope", r"refers to '#/components/schemas/Nope', which is not in the document"),
        (
            REF % "#/components/schemas/A" + "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}\n",
            r"leads round in a circle",
        ),
        ("%YAML 1.1\n---\n!!python/object/apply:os.system ['true']\n", r"is not valid YAML"),
    ],
)  # fmt: skip
def test_what_is_made_to_break_a_reader_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """In a second, with the file and the line or the pointer."""
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    started = time.monotonic()
    with pytest.raises(SpecError, match=message):
        load_document(file)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
@pytest.mark.parametrize(("levels", "fits"), [(150, True), (199, True), (201, False), (1_500, False)])
def test_levels_are_counted_alike_whatever_reads_the_yaml(
    monkeypatch: pytest.MonkeyPatch, loader: type, levels: int, fits: bool
) -> None:
    """The parser in C gives up by itself at 1,000 levels since PyYAML 6.0.4, the one in Python at none."""
    monkeypatch.setattr(bounded, "_Loader", loader)
    for text in ("[" * levels + "]" * levels, "\n".join(" " * n + "a:" for n in range(levels)), "- " * levels + "a"):
        if fits:
            bounded.check_levels(text, Path("bad.yaml"))
        else:
            with pytest.raises(SpecError, match=r"is nested more than 200 levels deep"):
                bounded.check_levels(text, Path("bad.yaml"))


def test_a_number_of_many_digits_stays_a_text(tmp_path: Path) -> None:
    """Reading `1:1:1…` (to base 60) takes time that grows with the square of its length."""
    file = tmp_path / "mine.yaml"
    number, sixties = "0x" + "f" * 100_000, "1:" * 100_000 + "1"
    file.write_text(HEAD + f"paths: {{}}\nx-long: {number}\nx-sixties: {sixties}\nx-short: 0x1F\n")
    started = time.process_time()
    data = load_document(file).data
    assert time.process_time() - started < 1
    assert (data["x-long"], data["x-sixties"], data["x-short"]) == (number, sixties, 31)


def test_a_file_of_fifty_megabytes_is_not_read(tmp_path: Path) -> None:
    """Its size is enough to know."""
    file = tmp_path / "large.yaml"
    with file.open("wb") as large:
        large.truncate(50 * 1024 * 1024)
    with pytest.raises(SpecError, match=rf"has 52,428,800 bytes, and {MAX_BYTES:,} are read at most"):
        load_document(file)


def test_a_schema_that_contains_itself_is_no_circle(tmp_path: Path) -> None:
    """Trees are recursive, and right."""
    tree = {
        "type": "object",
        "properties": {
            "$ref": {"type": "string"},
            "kids": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }
    file = tmp_path / "tree.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"Tree": tree}}}))
    assert load_document(file).data["components"]["schemas"]["Tree"] == tree


def test_the_command_says_it_in_one_line_and_stays_small(tmp_path: Path) -> None:
    """Exit code 2, one line, and no more memory than for a right document."""
    file = tmp_path / "bad.yaml"
    file.write_text(HEAD + "paths: {}\n" + LAUGHS)
    command = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "sys.argv = ['conformance', 'lint', sys.argv[1]]\n"
        "from conformance.cli import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "write out to more than" in done.stderr


def test_dates_and_numbers_as_names_are_texts(tmp_path: Path) -> None:
    """YAML reads `200` as a number and `2024-01-01` as a date; JSON has neither."""
    file = tmp_path / "mine.yaml"
    file.write_text(HEAD + "x-since: 2024-01-01\npaths: {/a: {get: {responses: {200: {description: d}}}}}\n")
    data = load_document(file).data
    assert data["x-since"] == "2024-01-01"
    assert list(data["paths"]["/a"]["get"]["responses"]) == ["200"]
