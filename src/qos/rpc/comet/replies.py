"""Answers over HTTP, written from documents."""

from http import HTTPStatus

from qos.rpc.comet import envelope
from qos.rpc.comet.door import Reply
from qos.rpc.comet.envelope import InvalidParams, RpcError


def reply(document: object, status: int = HTTPStatus.OK) -> Reply:
    """Return the answer that is a document."""
    return Reply(body=envelope.to_text(document).encode(), status=status)


def refused_get(error: RpcError) -> Reply:
    """Return the answer to a call written as path and query that failed."""
    if isinstance(error, InvalidParams):
        error = InvalidParams(f"error converting http params to arguments: {error.detail}")
    return reply(envelope.error_answer(envelope.URI_ID, error), HTTPStatus.INTERNAL_SERVER_ERROR)
