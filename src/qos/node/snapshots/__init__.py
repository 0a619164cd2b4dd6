"""Snapshots of a chain node: one committed version in files whose every byte is checked when it is imported.

A snapshot is a folder `<height>` with `manifest.json`, numbered chunks of the state (zlib over whole items of
`store.transfer`, 8 MiB before compression) and `resume`, what the engine needs to go on (`engine.embedded.resume`).
Of a node on CometBFT, which keeps the blocks itself, a snapshot is the state alone and goes to other nodes by state
sync (`offers`, `serving`, `restoring`).
The manifest only lists: what is believed is one header hash, of the block after the snapshot, from a light client or
from the node's own blocks. Exporting reads beside a running node and never holds it up.
"""
