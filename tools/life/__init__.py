"""A whole life of a public chain on CometBFT: six validators found it, two lose their seats, and its software changes.

`python -m tools.life` founds the chain as founders do, with every period and margin of the whitepaper's chain divided
by one ratio, and lives on it: people bond and vote with CosmJS; one validator goes down, is inactive, then closed;
another signs twice with a copied key, is slashed, tombstoned, then closed; governance changes the phases of issuance
and plans an upgrade; all change to the second build at its height, one of them later. At the end the blocks and app
hashes of all nodes are compared, and every invariant is run over every node's state. A report says what was seen.

`founding` makes the homes, `people` sends and asks, `validators`, `votes` and `upgrade` are the deeds, `checks` what
must hold, `world` what they share. Nodes, and how one key comes to be on two of them, are those of `tools.chaos`.
"""
