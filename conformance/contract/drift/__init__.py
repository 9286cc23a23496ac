"""Compares what two sources promise of an API; a source is an OpenAPI document or an official Python SDK."""

from conformance.contract.drift.compare import Drift, changes
from conformance.contract.drift.description import Description, Field
from conformance.contract.drift.sources import load_description

__all__ = ["Description", "Drift", "Field", "changes", "load_description"]
