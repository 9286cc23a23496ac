"""Mutants that break requirements of `chat`. Each area of requirements has a module."""
