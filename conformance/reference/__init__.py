"""The reference endpoint: an OpenAI-compatible server that is right, and mutants of it that are wrong in one way each."""

from __future__ import annotations

from conformance.reference.app import create_app
from conformance.reference.endpoint import Endpoint
from conformance.reference.serve import ReferenceServer, serve
from conformance.reference.settings import Settings

__all__ = ["Endpoint", "ReferenceServer", "Settings", "create_app", "serve"]
