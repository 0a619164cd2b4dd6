"""Value and messages between chains (WP 1.4, 1.5)."""
