"""The OpenAPI 3.0 description of what a node answers over HTTP, from the same descriptors as the routes."""

from collections.abc import Iterator
from typing import Any, Final

from qos.proto import catalog
from qos.rpc.rest.routes import Route, Router
from qos.rpc.services.table import HEIGHT_KEY

VERSION: Final = "3.0.3"
DEEPEST: Final = 2
"""Fields inside fields of a query are named with dots, this deep: a page's limit is `pagination.limit`."""

_WELL_KNOWN: Final[dict[str, dict[str, Any]]] = {
    "google.protobuf.Any": {
        "type": "object",
        "properties": {"@type": {"type": "string"}},
        "additionalProperties": True,
    },
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "example": "1.5s"},
}
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["code", "message", "details"],
    "properties": {
        "code": {"type": "integer", "description": "Status code of gRPC."},
        "message": {"type": "string", "description": "What was found and what to do next."},
        "details": {"type": "array", "items": {"type": "object"}, "description": "Codespace and code of the chain."},
    },
}
_DECIMAL: Final = {"type": "string", "pattern": "^-?[0-9]+$"}


def describe(router: Router, chain_id: str, version: str) -> dict[str, Any]:
    """Return the document for the routes of a node."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Error": _ERROR}
    for route in router.routes:
        place = paths.setdefault(route.template.replace("=**}", "}"), {})
        place[route.verb.lower()] = _operation(route, schemas)
    return {
        "openapi": VERSION,
        "info": {"title": f"QOS chain {chain_id}", "version": version, "description": _about()},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def _about() -> str:
    return (
        "Amounts and other large integers are decimal text, bytes are base64. "
        f"The header {HEIGHT_KEY} asks for an older height, and tells the height that was answered at. "
        "What this chain has no module for is answered with 501."
    )


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    request = catalog.message(route.method.request)
    service, name = route.path.strip("/").split("/")
    operation: dict[str, Any] = {
        "operationId": f"{service}.{name}",
        "summary": route.method.comment,
        "tags": [service],
        "parameters": [
            _parameter(field, "path", field.name) for field in request.fields if field.name in route.variables
        ],
        "responses": {
            "200": {"description": "The answer.", "content": _json(route.method.response, schemas)},
            "default": {"description": "Why there is none.", "content": _content({"$ref": _reference("Error")})},
        },
    }
    if route.body:
        operation["requestBody"] = {"required": True, "content": _json(route.method.request, schemas)}
    else:
        plain = [field for field in request.fields if field.name not in route.variables]
        operation["parameters"] += [
            parameter for field in plain for parameter in _query_parameters(field, field.name, DEEPEST)
        ]
    return operation


def _query_parameters(field: catalog.Field, name: str, depth: int) -> Iterator[dict[str, Any]]:
    if field.kind != "message":
        yield _parameter(field, "query", name)
        return
    if field.repeated or depth == 1:
        return
    for inner in catalog.message(field.type_name).fields:
        yield from _query_parameters(inner, f"{name}.{inner.name}", depth - 1)


def _parameter(field: catalog.Field, place: str, name: str) -> dict[str, Any]:
    schema = _scalar(field)
    found: dict[str, Any] = {"name": name, "in": place, "schema": schema}
    if field.repeated:
        found["schema"] = {"type": "array", "items": schema}
    if field.comment:
        found["description"] = field.comment
    return found | ({"required": True} if place == "path" else {})


def _scalar(field: catalog.Field) -> dict[str, Any]:
    match field.kind:
        case "bool":
            return {"type": "boolean"}
        case "integer":
            return dict(_DECIMAL)
        case "bytes":
            return {"type": "string"} if field.scalar == "cosmos.Dec" else {"type": "string", "format": "byte"}
        case "enum":
            return {"type": "string", "enum": list(catalog.enum_names(field.type_name))}
        case _:
            return dict(_DECIMAL) if field.scalar == "cosmos.Int" else {"type": "string"}


def _json(full_name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    return _content(_schema_of(full_name, schemas))


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _reference(name: str) -> str:
    return f"#/components/schemas/{name}"


def _schema_of(full_name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to a message's schema; it and all it holds stand in `schemas` then."""
    if full_name in _WELL_KNOWN:
        return dict(_WELL_KNOWN[full_name])
    waiting = [full_name]
    while waiting:
        name = waiting.pop()
        if name in schemas:
            continue
        message = catalog.message(name)
        schemas[name] = {
            "type": "object",
            "properties": {field.name: _field(field) for field in message.fields},
            **({"description": message.comment} if message.comment else {}),
        }
        inner = [field.type_name for field in message.fields if field.kind == "message"]
        waiting += [each for each in inner if each not in _WELL_KNOWN]
    return {"$ref": _reference(full_name)}


def _field(field: catalog.Field) -> dict[str, Any]:
    schema = _scalar(field)
    if field.kind == "integer":
        # 32-bit integers are numbers, larger ones text.
        schema = {"anyOf": [{"type": "integer"}, dict(_DECIMAL)]}
    if field.kind == "message":
        known = _WELL_KNOWN.get(field.type_name)
        schema = dict(known) if known is not None else {"$ref": _reference(field.type_name)}
    if field.repeated:
        schema = {"type": "array", "items": schema}
    if field.comment and "$ref" not in schema:
        schema = {**schema, "description": field.comment}
    return schema
