"""Conducts one audit of a target: sends requests, starts the judging, and writes the run file.

The package `conformance.auditing` does not import pytest.
"""
