"""The JSON Schemas of the files that the suite writes, one file `NAME.schema.json` each.

The modules of the package `conformance.schemas` generate the schemas from the types that the writers use:
`python -m conformance.schemas --write`. `docs/schemas.md` lists all schemas.
"""
