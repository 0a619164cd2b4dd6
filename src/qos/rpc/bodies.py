"""Bodies of HTTP requests, bounded while they come in."""

from starlette.requests import Request


async def read_body(request: Request, most: int) -> bytes | None:
    """Return a body of at most so many bytes; None for a longer one, which is not read to its end.

    Raises: ClientDisconnect.
    """
    if int(request.headers.get("content-length", "0")) > most:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
