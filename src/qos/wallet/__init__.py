"""Keys of people (WP 5.2; protocol K2): phrases, derivation, the sealed keystore.

Owns how a key comes from entropy and how entropy rests on disk. Signing transactions is `client`'s.
"""
