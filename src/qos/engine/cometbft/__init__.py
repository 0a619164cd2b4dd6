"""CometBFT v0.38, the engine of anything real: a Go program of its own that drives the application over ABCI 2.0.

Here is what has to be said to that program and read from it, as pure functions: its version (`versions`), its
configuration (`settings`), its keys and node id (`identity`). `io` builds the program out of `source`, a Go module
whose go.sum names every byte that goes in, and finds it again. Running it is the node's (`qos.node.comet`).
"""
