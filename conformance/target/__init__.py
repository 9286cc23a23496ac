"""Who is tested: a target out of command line, environment and TOML, and the profile of its family."""

from conformance.target.depth import SEED, Depth
from conformance.target.profile import Difference, Profile, load_profile
from conformance.target.resolve import gather, resolve
from conformance.target.saved_case import SavedCase, find_case
from conformance.target.target import Budget, Pace, Target, TargetError

__all__ = [
    "SEED",
    "Budget",
    "Depth",
    "Difference",
    "Pace",
    "Profile",
    "SavedCase",
    "Target",
    "TargetError",
    "find_case",
    "gather",
    "load_profile",
    "resolve",
]
