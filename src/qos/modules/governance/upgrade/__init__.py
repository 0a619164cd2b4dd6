"""Upgrades of the software at a height (protocol section 7): what is planned, what was made, which versions there are.

Governance plans an upgrade by a name and a height; `machine/upgrades.py` says what the versions of the software do
then. A plan replaces the one before; a name is used once. Modules are counted by version: a build whose versions are
not those of the state either migrates it, at exactly the planned block, or does not start.

Store `upgrade`: 0x01 the plan; 0x02 || name -> version of a module; 0x03 || name -> height an upgrade was made at;
0x04 the height of the last one.
"""
