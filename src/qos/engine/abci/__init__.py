"""ABCI 2.0 for an engine of its own process (CometBFT v0.38): frames, their meaning, and what to do for each.

An engine opens four connections, for consensus, mempool, queries and snapshots, and writes frames to each: a varint
length and a `tendermint.abci.Request`; answers go back in the order of the requests, in frames alike.

- `frames` cuts bytes into frames; sizes are bounded before anything is decoded.
- `wire` says which request a frame holds and how an answer is put into one.
- `requests` and `responses` translate between frames and `machine.abci`.
- `mempool` keeps each sender's line beside the engine's own mempool, which knows none.
- `patience` puts off a proposal that would be empty.
- `handler` does what a request asks: one call after the other, so no answer sees half a block.
- `statesync` says what a program gives that can offer and restore snapshots.
- `io.server` reads every connection all the time, also while a block executes: where CometBFT's write to a socket
  blocks, its flush timer burns a whole core. What cannot be done at once waits in `backlog`.

Vote extensions are off on every QOS chain and refused wherever they could come in.
"""
