"""`plan --shards`, `run --shard` and `merge`: the merged folder is the folder of one run of all targets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.options import TargetError
from conformance.record import read_run
from conformance.record.manifest import write_manifest
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer

ONLY = ("--only", "chat.stream.object", "--quiet")
NAMES = ("one", "two", "three", "four")


def conformance(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def urls() -> Iterator[list[str]]:
    """Two endpoints that conform, and two that do not."""
    with (
        ReferenceServer() as first,
        ReferenceServer() as second,
        ReferenceServer(endpoint_with("chunk-object-wrong")) as third,
        ReferenceServer(endpoint_with("chunk-object-wrong")) as fourth,
    ):
        yield [each.url for each in (first, second, third, fourth)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, urls: list[str]) -> Path:
    """A folder with one run of all targets, and with the runs of both shards of two."""
    folder = tmp_path_factory.mktemp("shards")
    tables = [f'[targets.{name}]\nurl = "{url}"\n' for name, url in zip(NAMES, urls, strict=True)]
    (folder / "conformance.toml").write_text("\n".join(tables), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("CONFORMANCE_API_KEY", "sk-reference")
        assert conformance("run", "--all", *ONLY, "--output", "whole").exit_code == 1
        for number in (1, 2):
            done = conformance("run", "--all", *ONLY, "--shard", f"{number}/2", "--output", f"part-{number}")
            assert done.exit_code in (0, 1), done.output
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Path) -> Path:
    """A copy of `made`, which is the current folder."""
    shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("CONFORMANCE_API_KEY", "sk-reference")
    return tmp_path / "here"


def verdicts(folder: Path) -> dict[str, set[tuple[str, ...]]]:
    """The verdicts of each run in an output folder, by its name."""
    return {
        file.parent.name: {
            (each.requirement, each.case, str(each.outcome), str(each.reason)) for each in read_run(file).verdicts
        }
        for file in folder.glob("*/run.ndjson")
    }


def summary(folder: Path) -> list[tuple[str, int, str]]:
    data = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return [(each["name"], each["exit_code"], each["result"]) for each in data["targets"]]


def test_the_merged_folder_is_that_of_one_run(here: Path) -> None:
    """The same files, audits, verdicts, comparison and exit code; `verify` proves the merged folder."""
    merged = conformance("merge", "part-2", "part-1", "--output", "merged")
    assert merged.exit_code == 1, merged.output
    assert "4 targets: 2 passes, 2 fails; exit code 1" in merged.stdout
    whole, parts = here / "whole", here / "merged"
    names = {each.relative_to(whole).as_posix() for each in whole.rglob("*")}
    assert names == {each.relative_to(parts).as_posix() for each in parts.rglob("*")}
    assert verdicts(whole) == verdicts(parts)
    assert set(verdicts(parts)) == set(NAMES)
    assert summary(whole) == summary(parts)
    assert json.loads((whole / "audits.json").read_text()) == json.loads((parts / "audits.json").read_text())
    compared = [json.loads((each / "comparison.json").read_text(encoding="utf-8")) for each in (whole, parts)]
    for each in compared:
        for target in each["targets"]:
            for measured in set(target) - {"name", "model", "url", "profile", "depth", "folder", "counts"}:
                del target[measured]  # when the run started, and how fast the target answered
        for requirement in each["requirements"]:
            for result in requirement["results"]:
                del result["exchange"]  # its number depends on which request was answered first
    assert compared[0] == compared[1]
    proven = conformance("verify", "merged")
    assert proven.exit_code == 0, proven.output


def test_the_plan_says_which_target_belongs_to_which_shard(here: Path) -> None:
    done = conformance("plan", "--all", "--shards", "2")
    assert done.exit_code == 0, done.output
    planned = {line.split()[1]: line.split()[0] for line in done.stdout.splitlines()[1:]}
    assert {name for name, shard in planned.items() if shard == "1"} == set(verdicts(here / "part-1"))
    assert {name for name, shard in planned.items() if shard == "2"} == set(verdicts(here / "part-2"))
    assert set(planned) == set(NAMES)
    with (here / "conformance.toml").open("a", encoding="utf-8") as file:
        for number in range(8):
            file.write(f'[targets.model-{number}]\nurl = "http://router.example/v1"\n')
        file.write('[targets.router]\nurl = "http://router.example/v1"\nmodels = "all"\n')
    done = conformance("plan", "--all", "--shards", "4")
    assert "all models" in done.stdout
    assert "router.example has more audits than an equal share." in done.stdout


def test_a_missing_shard_is_told_and_its_targets_count_as_interrupted(here: Path) -> None:
    done = conformance("merge", "part-2", "--output", "merged")
    assert done.exit_code == 130, done.output
    assert done.stdout.count("Not audited: shard 1/2 is missing.") == len(verdicts(here / "part-1"))
    assert verdicts(here / "merged") == verdicts(here / "part-2")


def test_the_merge_compares_with_a_reference(here: Path) -> None:
    """A shard cannot, because the reference may belong to another shard."""
    done = conformance("run", "--all", *ONLY, "--shard", "1/2", "--reference", "one", "--output", "part-3")
    assert "Give --reference to `conformance merge`" in str(done.exception)
    done = conformance("merge", "part-1", "part-2", "--reference", "five", "--output", "merged")
    assert "--reference five: no audit has this name" in str(done.exception)
    assert not (here / "merged").exists()
    done = conformance("merge", "part-1", "part-2", "--reference", "one", "--output", "merged", "--quiet")
    assert done.exit_code == 1, done.output
    assert (here / "merged" / "reference.html").is_file()


def test_a_shard_without_targets_is_complete(here: Path) -> None:
    """There may be more shards than targets."""
    (here / "conformance.toml").write_text('[targets.down]\nurl = "http://127.0.0.1:9/v1"\n', encoding="utf-8")
    codes = [
        conformance("run", "--all", *ONLY, "--shard", f"{number}/2", "--output", f"few-{number}").exit_code
        for number in (1, 2)
    ]
    assert sorted(codes) == [0, 5]
    done = conformance("merge", "few-1", "few-2", "--output", "few")
    assert done.exit_code == 5, done.output
    assert summary(here / "few") == [("down", 5, "unreachable")]


def test_folders_that_do_not_fit_together_are_not_merged(here: Path) -> None:
    """Each mistake has its own message, and nothing is written."""
    for name in ("other", "again", "changed", "unfinished"):
        shutil.copytree("part-1", name)
    other = here / "other" / "shard.json"
    other.write_text(other.read_text(encoding="utf-8").replace("1/2", "1/3"), encoding="utf-8")
    write_manifest(here / "other", [other])
    file = next(Path("changed").glob("*/run.ndjson"))
    file.write_bytes(file.read_bytes() + b" ")
    Path("unfinished/manifest.json").unlink()
    (here / "empty").mkdir()
    for folders, said in (
        (("other", "part-2"), "parts of different runs"),
        (("part-1", "again"), "are both shard 1/2"),
        (("changed", "part-2"), "changed was changed since its run: altered: "),
        (("unfinished", "part-2"), "its run did not end"),
        (("empty", "part-2"), "it has no shard.json"),
        (("whole", "part-2"), "it has no shard.json"),
    ):
        done = conformance("merge", *folders, "--output", "merged")
        assert isinstance(done.exception, TargetError), said
        assert said in str(done.exception)
        assert not Path("merged").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--all", "--shard", "3/2"), "--shard: '3/2' is not a shard"),
        (("run", "one", "two", "--shard", "1/2"), "Add --all"),
        (("run", "--all", "--shard", "2/2", "--resume", "part-1"), "part-1 holds shard 1/2, and --shard is 2/2"),
        (("run", "--all", "--shard", "1/2", "--resume", "whole"), "whole holds no shard"),
        (("plan", "--all"), "--all and --shards must be used together"),
        (("plan", "--shards", "2"), "--all and --shards must be used together"),
    ],
)
def test_wrong_usage_ends_before_the_first_request(here: Path, words: tuple[str, ...], said: str) -> None:
    done = conformance(*words)
    assert isinstance(done.exception, TargetError)
    assert said in str(done.exception)
    assert not (here / "reports").exists()


def test_a_shard_is_resumed_as_the_same_shard(here: Path) -> None:
    """Without --shard, too."""
    names = set(verdicts(here / "part-1"))
    shutil.rmtree(here / "part-1" / min(names))
    done = conformance("run", "--all", *ONLY, "--resume", "part-1")
    assert done.exit_code in (0, 1), done.output
    assert set(verdicts(here / "part-1")) == names
