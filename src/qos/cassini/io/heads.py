"""New blocks of a chain, as hints: over the websocket, and by asking now and then when that is silent."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from qos.base.merkle import EMPTY_ROOT
from qos.base.strictjson import JsonObject
from qos.cassini.messages import HeadSeen
from qos.client.errors import BadAnswer, ClientError
from qos.client.fields import child, from_hex, integer
from qos.client.io.events import subscribed
from qos.client.io.http import HttpTransport
from qos.client.node import status

QUERY = "tm.event='NewBlockHeader'"
SILENCE_S = 10
RETRY_S = 1
REST_S = 5


async def heads(chain_id: str, node: HttpTransport) -> AsyncIterator[HeadSeen]:
    """Yield new blocks for ever. A block found by asking may have changed anything."""
    delay_s = RETRY_S
    while True:
        try:
            yield await _newest(chain_id, node)
            delay_s = RETRY_S
            async with aclosing(_pushed(chain_id, node)) as pushed:
                async for head in pushed:
                    yield head
        except ClientError:
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, REST_S)


async def _newest(chain_id: str, node: HttpTransport) -> HeadSeen:
    found = await node.send(status())
    if found.chain_id != chain_id:
        raise BadAnswer(f"{node.url} serves {found.chain_id}, not {chain_id}")
    return HeadSeen(chain_id=chain_id, height=found.height, changed=True)


async def _pushed(chain_id: str, node: HttpTransport) -> AsyncGenerator[HeadSeen, None]:
    """Yield what the websocket tells, until it is silent for too long."""
    async with subscribed(node.url, QUERY) as events:
        while True:
            try:
                async with asyncio.timeout(SILENCE_S):
                    data = await anext(events)
            except (TimeoutError, StopAsyncIteration):
                return
            yield head_of(chain_id, data)


def head_of(chain_id: str, data: JsonObject) -> HeadSeen:
    """Read the event of a new block. Raises: BadAnswer."""
    header = child(child(data, "value"), "header")
    changed = from_hex(header, "data_hash") not in (b"", EMPTY_ROOT)
    return HeadSeen(chain_id=chain_id, height=integer(header, "height"), changed=changed)
