"""All options of a run: one table, from which command line, TOML file, environment and pytest options derive."""

from conformance.options.errors import TargetError
from conformance.options.merge import Given, Layer, TargetOptions, command_line, environment
from conformance.options.option import Kind, Option, Surface
from conformance.options.table import OPTIONS

__all__ = [
    "OPTIONS",
    "Given",
    "Kind",
    "Layer",
    "Option",
    "Surface",
    "TargetError",
    "TargetOptions",
    "command_line",
    "environment",
]
