"""The tables of a store: the columns of each table with their SQL types, in order."""

from __future__ import annotations

from collections.abc import Mapping

Columns = Mapping[str, str]

RUNS: Columns = {
    "run": "VARCHAR",
    "series": "VARCHAR",
    "target": "VARCHAR",
    "region": "VARCHAR",
    "labels": "VARCHAR",
    "model": "VARCHAR",
    "profile": "VARCHAR",
    "url": "VARCHAR",
    "product": "VARCHAR",
    "started": "TIMESTAMP",
    "suite": "VARCHAR",
    "depth": "VARCHAR",
    "complete": "BOOLEAN",
    "exit_code": "INTEGER",
    "passed": "INTEGER",
    "warned": "INTEGER",
    "broken": "INTEGER",
    "not_offered": "INTEGER",
    "not_judged": "INTEGER",
    "causes": "INTEGER",
    "sentence": "VARCHAR",
    "badge": "VARCHAR",
    "badge_colour": "VARCHAR",
}
"""One row for each run. Runs of the same series have the same target, region, model, profile and depth."""

VERDICTS: Columns = {
    "run": "VARCHAR",
    "series": "VARCHAR",
    "target": "VARCHAR",
    "requirement": "VARCHAR",
    "level": "VARCHAR",
    "outcome": "VARCHAR",
    "reason": "VARCHAR",
    "cause": "VARCHAR",
}
"""One row for each requirement of each run. `cause` is the key of the first cause that breaks the requirement."""

CAUSES: Columns = {
    "run": "VARCHAR",
    "series": "VARCHAR",
    "target": "VARCHAR",
    "cause": "VARCHAR",
    "title": "VARCHAR",
    "level": "VARCHAR",
    "outcome": "VARCHAR",
    "requirements": "INTEGER",
    "exchanges": "INTEGER",
    "silently_ignored": "BOOLEAN",
    "clients": "INTEGER",
}
"""One row for each cause of each run."""

SERVICE: Columns = {
    "run": "VARCHAR",
    "series": "VARCHAR",
    "target": "VARCHAR",
    "figure": "VARCHAR",
    "value": "DOUBLE",
}
"""One row for each service figure of each run, such as the number of requests."""

DATED: Mapping[str, Columns] = {"verdicts": VERDICTS, "causes": CAUSES, "service": SERVICE, "runs": RUNS}
"""The tables with one folder for each date. `runs` is written last: a run in `runs` is in all of these tables."""

ORDER: Mapping[str, str] = {
    "verdicts": "series, run, requirement",
    "causes": "series, run, cause",
    "service": "series, run, figure",
    "runs": "series, started, run",
}
"""The order of the rows in each file. Equal values stand together, so that they are stored once."""

PERIODS: Columns = {
    "series": "VARCHAR",
    "requirement": "VARCHAR",
    "number": "BIGINT",
    "level": "VARCHAR",
    "outcome": "VARCHAR",
    "cause": "VARCHAR",
    "since": "TIMESTAMP",
    "until": "TIMESTAMP",
    "run": "VARCHAR",
    "audits": "BIGINT",
    "first_suite": "VARCHAR",
    "last_suite": "VARCHAR",
}
"""One row for each period in which consecutive audits gave the same outcome. `number` counts from 1.

`since` and `until` are the first and the last audit of the period, `run` is the last run, and `audits` is the number of
audits. Audits that could not judge the requirement do not end a period and are not counted.
"""

REQUIREMENTS: Columns = {
    "requirement": "VARCHAR",
    "contract": "VARCHAR",
    "area": "VARCHAR",
    "capability": "VARCHAR",
    "statement": "VARCHAR",
}
"""One row for each requirement. `capability` is the feature to which it belongs, or its area if it has no feature."""
