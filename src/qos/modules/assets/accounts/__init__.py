"""Accounts: who may sign, with which key, how often they did.

An account appears when it first receives something; its key is learned from its first signature. Its
number and sequence bind every signature to one account and one use (T3); it is never deleted. Module
accounts are controlled by rules alone: no key leads to them and they take no deposits from outside (L3).
Keys and values are the Cosmos SDK's (store `acc`: 0x01 || address -> Any of an account), so that foreign
verified queries read them.
"""
