"""Light client core (WP 3.1, 5.1; protocol K1, Q12): trust one header because of another.

Owns CometBFT v0.38 hashes and JSON, the rules for accepting a header, bisection over a provider and attack
evidence. Pure: no IO and no clock; `now_ns` is an argument. It does not fetch, store or retry.
"""
