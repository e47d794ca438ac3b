"""The services' models, as the real clients ship them: operations, how each is called, and the shapes of what goes in and out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape


@lru_cache(maxsize=1)
def _loader() -> Loader:
    # What the operator's own folders or AWS_DATA_PATH hold is for clients and must not change what is answered here.
    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its name among the clients' models, its protocol (`query`, `json`, `rest-json`) and its model."""

    name: str
    protocol: str
    model: ServiceModel

    @property
    def signing_name(self) -> str:
        """The service's name in credential scopes."""
        return str(self.model.signing_name)

    @property
    def source(self) -> str:
        """The service's name in events."""
        return f"{self.model.endpoint_prefix}.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a service."""

    service: Service
    model: OperationModel

    @property
    def name(self) -> str:
        """The operation's name on the wire."""
        return str(self.model.name)

    @property
    def function(self) -> str:
        """The operation's name in Python, as botocore spells it."""
        return str(xform_name(self.name))

    def error_shape(self, name: str) -> Shape | None:
        """Return the shape of an error that the service's model names, by its shape's name or its code; else None."""
        return _error_shapes(self.service.name).get(name)


@lru_cache(maxsize=16)
def service(name: str) -> Service:
    """Return a service by its name among the clients' models."""
    model = ServiceModel(_loader().load_service_model(name, "service-2"), name)
    return Service(name, str(model.metadata["protocol"]), model)


@lru_cache(maxsize=16)
def _error_shapes(name: str) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for shape in service(name).model.error_shapes:
        found[shape.name] = shape
        found[shape.metadata.get("error", {}).get("code", shape.name)] = shape
    return found


def operation(name: str, wanted: str) -> Operation:
    """Return an operation of a service by its name on the wire; raises KeyError where the model has none."""
    found = service(name)
    if wanted not in found.model.operation_names:
        raise KeyError(wanted)
    return Operation(found, found.model.operation_model(wanted))


def operation_of(name: str, function: str) -> Operation:
    """Return an operation of a service by its name in Python; raises KeyError where the model has none."""
    for wanted in service(name).model.operation_names:
        if xform_name(wanted) == function:
            return operation(name, wanted)
    raise KeyError(function)


@dataclass(frozen=True, slots=True)
class Route:
    """How a REST operation is called: method, literal path, and the parameters that its address always has."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, wanted: Operation) -> "Route":
        """Return the route of an operation; raises ValueError for one with a label in its path, which no service here has."""
        uri = urlsplit(str(wanted.model.http["requestUri"]))
        if "{" in uri.path:
            raise ValueError(f"{wanted.name} has a label in its path")
        return cls(str(wanted.model.http["method"]), uri.path, tuple(parse_qsl(uri.query, keep_blank_values=True)))

    def fits(self, query: Mapping[str, str]) -> bool:
        """Tell whether an address has the parameters that this route's always has."""
        return all(query.get(name) == value for name, value in self.query)


def members(shape: Shape | None) -> dict[str, Any]:
    """Return the members of a structure by name; none for an operation that takes or answers nothing."""
    return dict(shape.members) if shape is not None else {}
