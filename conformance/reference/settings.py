"""The settings of a reference endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.reference.dialect import OPENAI, Dialect


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a reference endpoint, such as latencies.

    All latencies are in seconds. `seed` determines the random numbers for requests that have no `seed`.
    """

    api_key: str = "sk-reference"
    second_key: str = "sk-reference-second-account"  # the key of another account
    latency_s: float = 0.0
    token_latency_s: float = 0.0
    context_window: int = 8192  # tokens; small, so that a prompt too long for it is cheap to send
    long_window: int = 131072  # tokens of the model for agents, whose instructions alone fill the other one
    seed: int = 1
    dialect: Dialect = OPENAI  # the contract under /v1
    image_objects: bool = False  # OpenAI's form of an image, also where the contract has the URL itself
    sdk_features: bool = False  # what a vendor's SDK offers beyond its pages: json_schema and embeddings
    turn_away_every: int = 0  # of so many chat completions one meets a limit (429) and is to come back; 0: none
