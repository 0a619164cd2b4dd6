"""The rules, in areas: assets < validators < economics < governance < crosschain < services < relay.

A module may call those below it by import and is called from above through hooks. Rules see records,
a context and each other's operations; never bytes of the wire, a clock or a socket.
"""
