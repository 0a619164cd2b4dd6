"""Edges of a node: what clients talk to. They read committed versions only."""
