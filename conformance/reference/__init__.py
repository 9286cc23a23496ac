"""The reference endpoint is a correct OpenAI-compatible server.

Each mutant is the reference endpoint with one fault.
"""

from __future__ import annotations

from conformance.reference.addition import PackReference
from conformance.reference.app import create_app
from conformance.reference.endpoint import Endpoint
from conformance.reference.http import Http
from conformance.reference.part import Part
from conformance.reference.routes import serves
from conformance.reference.serve import ReferenceServer, serve
from conformance.reference.settings import Settings

__all__ = ["Endpoint", "Http", "PackReference", "Part", "ReferenceServer", "Settings", "create_app", "serve", "serves"]
