"""Who is tested: a target out of command line, environment and TOML, and the profile of its family."""

from conformance.target.profile import Difference, Profile, load_profile
from conformance.target.resolve import Wishes, resolve
from conformance.target.target import Budget, Pace, Target, TargetError

__all__ = ["Budget", "Difference", "Pace", "Profile", "Target", "TargetError", "Wishes", "load_profile", "resolve"]
