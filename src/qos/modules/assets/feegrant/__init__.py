"""Fee grants: one account lets another pay fees from it, so that a new user can act before owning anything.

A grant gives its grantee an account, so that there is a number to sign with. It covers the fee a transaction offers,
not the value fee of what it sends. An allowance is basic (a limit, an end), periodic (a limit in each period) or one
of these for some messages only. It is used at admission, before signatures are checked, and goes when it is used up;
an expired one is refused at once and removed by a queue, a bounded number a block.

Store `feegrant`: 0x00 || grantee || granter a grant (as the Cosmos SDK keys it), 0x01 || granter || grantee the same
by granter, 0x02 || u64 time || grantee || granter when it expires; addresses behind their length.
"""
