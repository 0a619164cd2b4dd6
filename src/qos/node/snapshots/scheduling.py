"""Exporting snapshots by the node itself, every so many blocks, in a child process that steps behind it."""

import shutil
import sys
from collections.abc import Callable
from subprocess import DEVNULL, PIPE

import anyio
import structlog

from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.engine.embedded.io.subscriptions import SubscriberTooSlow, Subscription
from qos.engine.query_language import parse_query
from qos.node.config import SnapshotConfig
from qos.node.home import ChainHome
from qos.node.snapshots.files import snapshots_of

POLL_S = 0.25
EVERY_BLOCK = "tm.event='NewBlockHeader'"
log = structlog.get_logger("qos.node")


async def export_regularly(engine: EmbeddedEngine, home: ChainHome, plan: SnapshotConfig) -> None:
    """Export until cancelled; a failed export is logged and the next one tried at its time."""
    while True:
        key, blocks = engine.subscriptions.open(parse_query(EVERY_BLOCK))
        try:
            await _until(blocks, plan.every_blocks)
        finally:
            engine.subscriptions.close(key)
        await _export(home)
        forget_old(home, plan.keep)


async def _until(blocks: Subscription, every_blocks: int) -> None:
    """Return behind the block after the next due one: that header is what a snapshot hangs on."""
    while True:
        try:
            heights = [each.committed.height for each in await blocks.next()]
        except SubscriberTooSlow:
            return
        if any(height > 1 and height % every_blocks == 1 % every_blocks for height in heights):
            return


async def export_at_heights(height: Callable[[], int], home: ChainHome, plan: SnapshotConfig) -> None:
    """Export every height that `every_blocks` divides until cancelled, of a node whose engine keeps the blocks.

    All nodes export the same heights, so that another node can fetch one snapshot from several of them.
    """
    done = max((each.height for each in snapshots_of(home)), default=0)
    while True:
        await anyio.sleep(POLL_S)
        due = height() - height() % plan.every_blocks
        if due > done:
            done = due
            await _export(home, "--height", str(due))
            forget_old(home, plan.keep)


async def _export(home: ChainHome, *arguments: str) -> None:
    command = (sys.executable, "-m", "qos.node.run_snapshot", "--home", str(home.folder), *arguments)
    done = await anyio.run_process(command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, check=False)
    if done.returncode:
        log.warning("no snapshot", because=done.stderr.decode("utf-8", "replace").strip()[-500:])
        return
    newest = snapshots_of(home)[0]
    log.info("snapshot", height=newest.height, app_hash=newest.app_hash.hex(), bytes=newest.size)


def forget_old(home: ChainHome, keep: int) -> None:
    """Remove all but the newest snapshots. Raises: BadSnapshot, OSError."""
    for each in snapshots_of(home)[keep:]:
        shutil.rmtree(each.folder)
