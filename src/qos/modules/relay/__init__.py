"""Rules of the Cassini chain (WP 1.4)."""
