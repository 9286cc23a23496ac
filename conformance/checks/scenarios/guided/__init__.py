"""Constraints constrain: each scenario asks for one form of output and dictates another in the prompt."""
