"""Scenarios of constrained output: each request constrains the form, and its prompt dictates a different one."""
