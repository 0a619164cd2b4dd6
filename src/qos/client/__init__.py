"""A node's API as typed calls, and the flows over it: ask, prove, sign, send, wait.

Owns what a caller needs to talk to any chain of the family. Bytes move in `io`; everything else is pure and
takes a `Transport`. Holds no keys and no configuration.
"""
