"""Governance: proposals and votes, and what they decide about the software."""
