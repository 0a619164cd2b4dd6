"""Worlds for tests: small applications, in-memory stores and networks, virtual time."""
