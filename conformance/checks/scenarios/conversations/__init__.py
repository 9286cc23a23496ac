"""Scenarios of conversations."""
