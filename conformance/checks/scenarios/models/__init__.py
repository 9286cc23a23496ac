"""Scenarios (checks that send requests) about the model list."""
