"""Targets that misbehave on purpose, and what the suite makes of them."""
