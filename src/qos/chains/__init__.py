"""The chains: each a list of modules and their wiring. A new part of QOS is a folder and a line here."""
