"""Load contracts: requirements, features, OpenAPI documents, compiled schemas, operations, packs."""

from conformance.contract.clients import ClientFault, load_client_faults
from conformance.contract.document import Document, load_document
from conformance.contract.errors import SpecError
from conformance.contract.features import Feature, load_features
from conformance.contract.operations import OperationError, OperationValidator
from conformance.contract.registry import Registry, load_registry
from conformance.contract.requirement import Basis, ModelDependence, Requirement
from conformance.contract.schema_error import SchemaError
from conformance.contract.schemas import Schemas, load_schemas
from conformance.contract.selection import UnknownName, is_named, selected

__all__ = [
    "Basis",
    "ClientFault",
    "Document",
    "Feature",
    "ModelDependence",
    "OperationError",
    "OperationValidator",
    "Registry",
    "Requirement",
    "SchemaError",
    "Schemas",
    "SpecError",
    "UnknownName",
    "is_named",
    "load_client_faults",
    "load_document",
    "load_features",
    "load_registry",
    "load_schemas",
    "selected",
]
