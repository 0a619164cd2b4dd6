"""Penalties for validators (WP 3.3.1; protocol rules V1 to V3).

A bonded validator must have signed more than `voting_status_least` of the last `voting_status_len` blocks; blocks
before its first count as signed. Only a vote that is absent counts as missed. Who misses too many is slashed
`slash_fraction_downtime` and inactive. Coming back clears the window, at most once a window. A window of bits is kept
only where something is missed, so a block that everybody signed changes nothing here.

Evidence of signing twice and of attacks on light clients is judged by block time alone, before anything else happens in
a block: slashed `slash_fraction_double_sign`, inactive, its key barred for ever. Later evidence slashes what remains.

Votes a proposer left out of its blocks are counted for everybody to see (V1): it can leave out up to a third.

Store `slashing`: 0x01 params; 0x02 || consensus address -> SigningInfo; 0x03 || consensus address || part -> 1 024
bits; 0x04 || consensus address -> LeftOut.
"""
