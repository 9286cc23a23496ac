"""Service figures of a run, such as latency, errors, tokens and cost. Service figures influence no verdict."""

from conformance.service.figures import Distribution, ServiceFigures, service_figures

__all__ = ["Distribution", "ServiceFigures", "service_figures"]
