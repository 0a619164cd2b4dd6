"""The multi-asset ledger (WP 1.3; protocol section 4).

One ledger holds the native coin, QSC tokens and vouchers from other chains. Balances are the Cosmos
SDK's (store `bank`: 0x02 || length || address || denomination -> decimal text). Every outgoing door goes
through `operations.debit`, which leaves the frozen part alone and refuses paused assets (L1); `mint` and
`burn` are the only ways to change a supply, and supply = sum of balances after every block (L2).
"""
