"""Mutants that break requirements of `error`. Each area of requirements has a module."""
