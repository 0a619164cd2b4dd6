"""Faults on real processes: four validators under load are killed, paused, parted, starved and damaged.

`python -m tools.chaos` (`make chaos`) runs them with a seed and writes a report. After every fault the same is asked:
equal blocks and app hashes at every height on all nodes, no transaction lost or doubled, every node back at the tip.
`faults` are the deeds, `nets` the nodes, `load` the transactions, `checks` what must hold.
"""
