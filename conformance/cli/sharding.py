"""Implements `run --shard` and `plan --shards`: which targets of conformance.toml one machine audits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.fleet import FleetLayout, FleetLimits
from conformance.fleet.audits import ALL
from conformance.fleet.limits import host_of
from conformance.machines.shard import Load, Shard, assign, crowded, part_of, read_shard
from conformance.options import Layer, TargetError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ShardFile:
    """The contents of shard.json: the shard, and all targets of conformance.toml in their order."""

    shard: Shard
    targets: tuple[str, ...]


def loads_of(tables: Mapping[str, Layer]) -> dict[str, Load]:
    """Return the host and the number of audits of each target. A target with `models = "all"` counts as one audit."""
    loads = {}
    for name, table in tables.items():
        models = table["models"].value if "models" in table else []
        count = 1 if models == [ALL] else max(1, len(set(models)))
        loads[name] = Load(host_of(str(table["target"].value)), count)
    return loads


def of_shard(
    said: Layer, tables: Mapping[str, Layer], limits: FleetLimits
) -> tuple[dict[str, Layer], FleetLimits, ShardFile | None]:
    """Return the targets and limits of the shard that the command line names, or of all targets without --shard.

    Raises `TargetError` if a resumed folder belongs to another shard.
    """
    layout = FleetLayout(Path(said["resume"].value)) if "resume" in said else None
    earlier = read_shard_file(layout) if layout else None
    given = read_shard(said["shard"].value, said["shard"].said) if "shard" in said else None
    shard = given or (earlier.shard if earlier else None)
    if shard is None:
        return dict(tables), limits, None
    if "all" not in said:
        raise TargetError("--shard works only with --all. Add --all, and leave the names out")
    if layout is not None and earlier is not None and earlier.shard != shard:
        raise TargetError(f"{layout.root} holds shard {earlier.shard}, and --shard is {shard}")
    if layout is not None and earlier is None and layout.audits.is_file():
        raise TargetError(f"{layout.root} holds no shard. Leave --shard out to resume it")
    loads = loads_of(tables)
    of = assign(loads, shard.count)
    mine = {name: table for name, table in tables.items() if of[name] == shard.number}
    return mine, part_of(limits, loads, shard), ShardFile(shard, tuple(tables))


def write_shard_file(layout: FleetLayout, file: ShardFile) -> None:
    """Write shard.json, with which `conformance merge` notices missing shards. Raises `TargetError`."""
    from conformance.record.whole_file import write_whole

    data = {"format": FORMAT, "shard": str(file.shard), "targets": list(file.targets)}
    try:
        write_whole(layout.shard, json.dumps(data, indent=2) + "\n")
    except OSError as error:
        raise TargetError(f"Cannot write to {layout.root} ({error.strerror})") from None


def read_shard_file(layout: FleetLayout) -> ShardFile | None:
    """Return the contents of shard.json; None if the folder has none. Raises `TargetError` if shard.json is damaged."""
    try:
        data = json.loads(layout.shard.read_text(encoding="utf-8"))
        targets = {FORMAT: data["targets"]}[data["format"]]
        return ShardFile(read_shard(data["shard"], "shard"), tuple(map(str, targets)))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, TargetError) as error:
        raise TargetError(f"{layout.shard} cannot be read ({error})") from None


def plan_lines(tables: Mapping[str, Layer], count: int) -> list[str]:
    """Return a table that says which target belongs to which shard, and what limits the duration."""
    loads = loads_of(tables)
    of = assign(loads, count)
    width, hosts = max(map(len, (*loads, "target"))), max(len(each.host) for each in loads.values())
    lines = [f"shard  {'target':{width}}  {'host':{hosts}}  audits"]
    for name in sorted(loads, key=lambda name: (of[name], list(loads).index(name))):
        listed = "models" in tables[name] and tables[name]["models"].value == [ALL]
        audits = "all models" if listed else str(loads[name].audits)
        lines.append(f"{of[name]:5}  {name:{width}}  {loads[name].host:{hosts}}  {audits}")
    empty = [str(number) for number in range(1, count + 1) if number not in of.values()]
    if empty:
        lines.append(f"no target: shard {', '.join(empty)}")
    if host := crowded(loads, count):
        lines.append(
            f"{host} has more audits than an equal share. One shard has all of them, to keep the host's limit."
        )
    return lines
