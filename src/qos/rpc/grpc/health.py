"""`grpc.health.v1`: a node that answers serves all it names."""

from typing import Final

from qos.proto import codec
from qos.proto.records.grpc_health_v1 import (
    HealthCheckRequest,
    HealthCheckResponse,
    HealthCheckResponseServingStatus,
)

SERVICE: Final = "grpc.health.v1.Health"
SERVING: Final = codec.encode(HealthCheckResponse(status=HealthCheckResponseServingStatus.SERVING))
SERVICE_UNKNOWN: Final = codec.encode(HealthCheckResponse(status=HealthCheckResponseServingStatus.SERVICE_UNKNOWN))


def asked_of(data: bytes) -> str:
    """Return the name of the service an encoded request asks about; empty for the server. Raises: MalformedBytes."""
    return codec.decode_lenient(HealthCheckRequest, data).service
