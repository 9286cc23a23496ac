"""Scenarios of constrained output: each request constrains the form, and its prompt dictates a text of a different form."""
