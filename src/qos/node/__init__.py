"""Programs: one chain node, and a network of chains and relays in one tree of processes.

Composes engine, machine, edges and files from configuration. Owns homes, processes, readiness and logs; no rules.
"""
