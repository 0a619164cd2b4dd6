"""Nodes on CometBFT under measured load: their homes, what is sent, what each of their processes takes."""
