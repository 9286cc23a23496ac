"""Lint a contract before testing a target: is its document valid, consistent, and complete enough to judge by?"""

from conformance.contract.lint.linting import lint, lint_file
from conformance.contract.lint.problem import Problem

__all__ = ["Problem", "lint", "lint_file"]
