"""Engines order transactions: blocks, mempool, proposer rotation and the embedded engine.

Owns what a chain needs around its application: headers, commits, validator sets, block and transaction index.
It decides nothing about the content of transactions.
"""
