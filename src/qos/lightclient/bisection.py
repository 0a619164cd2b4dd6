"""From a trusted state to a wanted height by halving the distance (WP 5.1 "half-interval verification").

The steps are a generator: it yields the height it needs next, is sent the block of that height and returns what it
proved. So the same steps run over a network, in a test and asynchronously; nothing here fetches.
"""

from collections.abc import Generator

from qos.lightclient.errors import HeightNotAbove
from qos.lightclient.verifier import Options, Verified, verify
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState


def bisect(
    trusted: TrustedState, target_height: int, *, options: Options, now_ns: int
) -> Generator[int, LightBlock, tuple[Verified, ...]]:
    """Return the accepted blocks in ascending order, the wanted one last; nothing when it is the trusted one.

    After each step the wanted height is tried again, then halves towards what is trusted.
    Raises: subclasses of Invalid; HeightNotAbove for a height below the trusted one or a block of another height.
    """
    if target_height < trusted.height:
        raise HeightNotAbove(f"height {target_height} is below the trusted {trusted.height}")
    accepted: list[Verified] = []
    fetched: dict[int, LightBlock] = {}
    height = target_height
    while trusted.height < target_height:
        if height not in fetched:
            fetched[height] = of_height((yield height), height)
        verdict = verify(trusted, fetched[height], options=options, now_ns=now_ns)
        if isinstance(verdict, Verified):
            accepted.append(verdict)
            trusted, height = verdict.state, target_height
        else:
            # Never the trusted height itself: a header right after it is judged by its set, not by trust.
            height = (trusted.height + height) >> 1
    return tuple(accepted)


def of_height(block: LightBlock, height: int) -> LightBlock:
    """Return a block that says it is of the height asked for. Raises: HeightNotAbove."""
    found = block.signed_header.header.height
    if found != height:
        raise HeightNotAbove(f"asked for height {height}, got {found}")
    return block
