"""Measurements; each module prints its figures and the command in its docstring repeats them."""
