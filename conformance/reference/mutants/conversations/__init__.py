"""Mutants that break requirements of `conversations`. Each area of requirements has a module."""
