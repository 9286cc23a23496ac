"""All options of a run: one table for the command line, TOML files, the environment and pytest."""

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
