"""Words every layer shares: numbers, names, time, bytes, hashes and the error tree.

Pure functions and value types only; nothing here knows about chains or stores.
"""
