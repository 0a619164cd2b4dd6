"""QCP, the QOS Constellation Protocol (WP 1.4-1.5; protocol section 10): packets between chains.

Per peer there is an outbox and an inbox, first in first out, sequences 1, 2, 3 without gap, named by queue
ids that bind both chains, their genesis and the registration (Q1). Sending takes what a packet carries and
appends it; a relay later delivers it with an attestation by more than two thirds of the registered keys and,
where the peer's trust mode says so, with a proof under a header our own light client accepted (Q10). A request
runs in a scope of its own with exactly the gas it names, is consumed whatever it did, and is answered by a
result; a result settles the pending record of its request once (Q5, Q6). Assets are escrowed at home and are
vouchers abroad; what is out at each peer is a ledger of its own (Q13).

What misses its timeout comes home by a header and a proof of the inbox there, without relays (Q7, `timeouts`). What
a peer lets in at once is bounded; what exceeds it waits up to a day (Q14, `limits`, `releases`). Deliveries can be
paused for 72 hours; a frozen queue waits for the authority, and after 30 days it can end for good (Q8, Q12,
`retirement`). What both chains are done with is forgotten; versions change by a packet of their own (Q17, `pruning`,
`old_headers`, `versions`). At the end of a block `hooks` does a bounded number of steps of each.

Requests carry assets or data for a module that registered under a name; who sent data is a caller no key controls
(Q9, `payloads`). Whoever delivers is paid by the sender or from a deposit (Q15, `delivery_fees`); what waited for 6
hours needs no relay (Q16, `liveness`). Relay keys change by epochs (R4, `epochs`), and each peer's assets are kept as
a proved record (L4, `checkpoints`).

Store `qcp`: 0x01 || queue id || u64 sequence -> canonical packet; the other keys stand in `state.py`. Nothing
from a message is trusted: keys, queue ids and trust roots come from state alone.
"""
