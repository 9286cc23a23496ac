"""The configuration of a target: its profile, and options from the command line, the environment and a TOML file."""

from conformance.config.depth import SEED, Depth
from conformance.config.profile import Difference, Profile, load_profile
from conformance.config.resolve import gather, resolve
from conformance.config.saved_case import SavedCase, find_case
from conformance.config.target import Budget, Pace, Prices, Target, TargetError

__all__ = [
    "SEED",
    "Budget",
    "Depth",
    "Difference",
    "Pace",
    "Prices",
    "Profile",
    "SavedCase",
    "Target",
    "TargetError",
    "find_case",
    "gather",
    "load_profile",
    "resolve",
]
