"""The embedded engine: one process, local validator keys, CometBFT v0.38 headers and commits.

For development, tests and demos. No network and no rounds: it is no consensus protocol.
"""
