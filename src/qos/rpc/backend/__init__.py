"""The gateway for back-ends of a service provider: `qos.qcp.v1.Gateway` over mutual TLS (protocol section 10).

It signs with an account of its own, reads a node it trusts (the provider's own), and remembers in a journal what it
signed under which key, so that a retry never pays twice.
"""
