"""Proposals and votes (WP 2.1, 3.3.2; protocol section 7).

Anybody proposes a text, or messages that governance runs as an account of its own once the proposal has passed. A
proposal has the level of its highest message: what it needs of deposit, time and votes is a parameter a level (G2).
Somebody puts down the deposit within a week; voting begins when it is complete and fewer than 32 proposals are in
voting, the more important first. Then each bonded aqos at an active validator is one vote: a validator speaks for its
delegators, whose own votes count instead, each for its own share, once.

Tallies are running sums (G1): per proposal and validator the shares of those who voted themselves, by option. Votes
and bond changes move them, and pay for it; a slash changes what a share is worth and no sum. So closing costs a step
a validator, however many voted. Votes and sums that were counted are forgotten a few a block.

A passed proposal's messages run in order, all or nothing, with gas of their own (`machine/authority.py`); what they
check, they check then. What fails is recorded and changes nothing (G3). Messages whose outcome does not hang on the
time they run at are tried when the proposal is submitted as well: parameters, inflation phases.

Deposits lie on a module account of their own, which the governance account, free to send what it holds, does not reach.

Store `gov`: 0x01 parameters; 0x02 the last number; 0x03 || u64 number -> Proposal; 0x04 || number || depositor -> aqos;
0x05 || number || voter -> Vote; 0x06 || number || validator -> Row; 0x07 || voter -> Ballots; queues: 0x08 || u64 time
|| number waits for its deposit, 0x09 || u64 rank || number for a place, 0x0a || u64 time || number for the end of
voting, 0x0b || number is in voting, 0x0c || number was counted and not yet forgotten.
"""
