"""What transactions cost and where it goes (WP 2)."""
