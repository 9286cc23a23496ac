"""The option that names the API key of another account, with which access between accounts is tested."""

from __future__ import annotations

from conformance.options.option import Option

SECOND_KEY = Option(
    "second_key_env",
    "Name of the environment variable that holds an API key of another account. The suite uses the"
    " second key to test whether one account can read or continue objects that another account stored.",
    metavar="NAME",
    default_text="none, so access to other accounts is not tested",
    reference=False,
)
