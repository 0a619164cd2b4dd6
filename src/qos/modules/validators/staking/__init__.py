"""Stake (WP 3.3-3.5; protocol section 6): who makes the public chain's blocks, and whose QOS stands behind it.

A validator is active, inactive or closed. Of the active ones the `max_validators` largest are the engine's set
(bonded), the others are candidates. Revoking, missing blocks, a bond of its own below the minimum or signing twice make
it inactive; it may come back within `survival_secs` of the last block it could sign, else it is closed, and every bond
and undelegation returns by itself, at most 1 000 items a block, each claimable by `MsgReturnBond` (V8).

A validator has tokens, divided in shares; a bond is a number of shares. A slash lowers the tokens alone, so it reaches
all bonds at once. What left a validator at or after the height of an offence loses the same part (V4): undelegations in
their balance, redelegations in the bond they became. The sum of what left since a height is kept in two levels of rows,
so that a slash costs the same however many there are; entries are settled over the next blocks, and before anything
touches them.

The engine is told floor(tokens / 10^18). A set with fewer than `min_validators`, or more than a third of the power
leaving in one block, is put off (V7): such a validator is inactive and earns nothing, but signs on. Its survival runs
from the height it no longer signs.

All bonds and undelegations lie on one module account. Store `staking`: 0x01 params; 0x02 || owner -> Validator; 0x03 ||
consensus address -> owner; 0x04 || tokens || number from above -> owner, of active ones; 0x05, 0x06 counters; 0x07,
0x08 heights of the newest and the oldest set; 0x10 || validator || delegator -> Bond; 0x11 the same by delegator; 0x20
|| validator || id -> Undelegation; 0x21 by delegator; 0x22 || source || id -> Redelegation; 0x23 by delegator; 0x24 by
destination; 0x25 || time || id: what completes when; 0x30 || height -> BondedSet; 0x31 || height modulo 100 ->
PastBlock; 0x40 || height || owner: who leaves the set; 0x41 || time || owner: who closes when; 0x42 || owner: closed
ones whose bonds return; 0x43 || consensus address: tombstones; 0x50 || validator || level || span -> sum of what left;
0x51 || validator || number -> Slash; 0x52 || validator -> next entry to settle.
"""
