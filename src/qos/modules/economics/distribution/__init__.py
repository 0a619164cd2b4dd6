"""Distribution (WP 2.1, 3.3.2, 3.5; protocol section 6): who gets what a block mints and collects.

The begin step of block H+1 pays the inflation and fees of H (I4): 4 % of the inflation to the proposer of H for
itself, a share set by governance to the community pool, and the rest with all fees to the validators whose vote for H
is COMMIT, by the tokens recorded for the set that signed H. Of its part a validator keeps its commission, and the
rest belongs to its bonds by share. Every part is rounded down; what remains, and the part of a validator that is gone,
goes to the community pool, so that each block the credits and what the pool gains are what was minted and paid.

Rewards are lazy (V8): a validator has an index, what one share has earned since the beginning in 2^-128 aqos, and a
bond remembers the index it was last counted at. A block costs the same for any number of delegators. A slash takes
tokens and leaves shares, so that it needs nothing here. What is below one aqos stays owed to the bond and is
never lost: whenever a bond is touched, its reward is the same sum, rounded down once at the payment. Rewards are paid
when they are withdrawn, when the bond changes, and when it returns because its validator closed; a bond that asks for
compounding gets them added, at most daily, when it is touched or by anyone's message.

Store `distribution`: 0x01 parameters; 0x02 rewards of each validator; 0x03 claims by validator and delegator; 0x04
withdraw addresses; 0x05 who proposed the newest block; 0x06 how the block before was paid; 0x07 slashes by validator
and height; 0x08 bonds that wait for compounding. Its account holds what is not withdrawn; the community pool is an
account of its own, whose balance is the pool.
"""
