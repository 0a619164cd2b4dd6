"""For back-ends of a service provider: exchange with other chains through the provider's gateway.

Synchronous and typed; see docs/guides/provider.md and examples/order_backend.py.
"""
