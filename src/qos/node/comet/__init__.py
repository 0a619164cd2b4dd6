"""A node on CometBFT: application, engine and edges, three programs that one supervisor starts, watches and stops.

ADR 0022 says who starts whom and what happens when one ends. `config` is our part of the configuration, `files` makes
the engine's out of it at each start, `supervisor` runs the tree.
"""
