"""`qos doctor`: looking at everything a network or node stands on, and saying what to do about what is wrong.

Reads only, also beside running nodes. Owns no repair.
"""
