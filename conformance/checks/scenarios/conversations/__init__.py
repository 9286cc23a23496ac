"""Scenarios (checks that send requests) about conversations."""
