"""QOS: a dual-layer blockchain for enterprises."""
