"""Scenarios (checks that send requests) about chat completions."""
