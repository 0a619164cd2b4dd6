"""Chains as relays reach them: one contract, one adapter a family of chains."""
