"""Mint (WP 2.1; protocol section 5): issuance in phases, exact to the last aqos.

A phase has an end time, a total and what it has minted. Each block mints what is left of the phase, divided by the
number of blocks that are left in it: (total - applied) x S / (n x (endtime - now)), where S is the sum of the last
n intervals between blocks in ms (I1). Every interval counts 0 to 30 s, the window begins filled with 3 s, and the
time from genesis to the first block does not count; a block mints at most 20 times the even reward of its phase. What
is left at the end time is minted by that bound until nothing is left; only then the next phase begins, at most one a
block (I2). So each phase mints exactly its total, and nothing is minted after the last (I3, I6). Governance changes
phases that have not ended and appends new ones, never beyond 10^10 QOS altogether (I5).

What a block mints lies on an account of this module until the begin step of the next block pays it out (I4).

Store `mint`: 0x01 parameters; 0x02 phases by index; 0x03 the clock: phase, window position, S, time and reward of the
newest block; 0x04 intervals by slot of the window, where they differ from the block time; 0x05 begin of the first
phase. A block writes the clock, one slot and one phase, whatever the size of the window.
"""
