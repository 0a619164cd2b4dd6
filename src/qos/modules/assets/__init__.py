"""Accounts and the multi-asset ledger (WP 1.3)."""
