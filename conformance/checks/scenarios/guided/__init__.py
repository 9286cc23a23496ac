"""Scenarios of constrained output: each prompt dictates a text that violates the constraint in the request."""
