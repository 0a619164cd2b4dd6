"""Cassini relays (WP 1.4-1.5; protocol section 11): observe, agree, sign, deliver.

`relay.Relay` is one relay's brain for all routes, without IO: events in, orders out, time as an argument. What is
to be done follows from the outbox of the source, the inbox of the destination and the Cassini chain; events only
say when to look. What cannot be delivered in time one of the relays brings home (Q7). Orders are carried out over
`adapters`, which prove all they return. `io` owns sockets, files, time.
"""
