"""Fees (WP 2.2; protocol section 3): what a transaction pays for its gas, its promptness and the value it moves.

A transaction offers one amount for its gas limit. What is offered is taken whole: gas limit x base fee, and the rest
is the tip. The base fee follows how full blocks are, by the gas limits that were paid for, as EIP-1559 has it. A
transfer of the fee asset by the ledger's own messages costs a value fee beside that, taken from the sender when the
transfer happens; what leaves by QCP pays the delivery fee instead. Nothing is burned: all of it goes to the fee
collector, a module account, once a block.

Store `fees`: 0x01 parameters; 0x02 the price of the next block's transactions, the one record they read;
0x03 the newest blocks with transactions, for the quote. A block without transactions at the least base fee writes
nothing.
"""
