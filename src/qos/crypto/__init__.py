"""Keys and signatures. A verifier returns nothing and raises when the signature is not the key's.

Owns secp256k1 (accounts, relays) and ed25519 (validators) over bytes; which key may sign what is decided above.
"""
