"""Authenticated state: overlays and typed collections above, IAVL+ trees below.

Owns the app hash, past heights and ICS-23 proofs. Knows no module, no transaction and no gas.
Pure; the disk is in `io`.
"""
