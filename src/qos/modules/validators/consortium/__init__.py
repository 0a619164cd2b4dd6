"""Membership of a business chain by X.509 certificates (WP 1.1; protocol sections 1 and 11).

Genesis chooses: no consortium (anybody sends), a consortium whose members are known but not required, or
`members_only`: every signer of every transaction needs a certificate that counts now. Without fees that is also what
limits spam. A root CA issues CAs of members, which issue certificates of nodes; accounts register node certificates
with a proof that they hold the key. What counts is decided by block time and by revocation lists, at each transaction.

Who holds no membership may own assets and receive packets, but sends nothing. The authority may always send, so that
an expired root cannot lock a chain for ever. A member may register another account: a newcomer's first transaction
would otherwise need a membership.

When genesis lists seats, validators hold certificates too: a seat whose certificates were revoked has no power from the
next set on; one whose certificates do not count yet gets it when they do. Expiry alone removes nobody. If none counted
the set stays as it is: nobody could mend the chain.

Store `consortium`: 0x01 params; 0x02 || root key id -> Root; 0x03 || address -> Member; 0x04 || address ->
Registration; 0x05 || node key id -> address; 0x06 || issuer key id -> number of its last list; 0x07 || issuer key id ||
serial; 0x08 || consensus key -> SeatState. Key ids are SHA-256 of public keys. A removed root is in 0x07 under its own
id and no serial.
"""
