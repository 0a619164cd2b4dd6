"""Fees (WP 2.2; protocol section 3): gas times a floor price, in one asset, collected once a block.

Nothing is burned: what transactions pay goes to the fee collector, a module account.
"""
