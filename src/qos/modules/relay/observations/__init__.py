"""What relays vote and sign on the Cassini chain (WP 1.4; protocol section 11, R1-R3).

Round one: members vote the abstract of a queue's next packets; when more than two thirds vote the same abstract
and hashes, the batch is fixed under the next number. A vote binds nobody and may be replaced until then: it is
signatures that count. Round two: members sign the abstract of a fixed batch with their attestation keys; more than
two thirds of signatures are an attestation, which anyone may deliver. A relay proven to have signed what cannot
both be true is struck in that block: its votes and signatures count no more, n stays (R3).

The chain cannot see the others: what is true is each member's own finding. It checks shape, membership, signatures.

Store `relay`: 0x01 || address -> Member; 0x02 || queue id || address -> Vote; 0x03 || u64 number -> Batch;
0x04 || queue id || u64 number; 0x05 next number; 0x06 || address || queue id. Members pay no fees; nobody else may
send.
"""
