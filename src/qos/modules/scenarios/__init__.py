"""What providers do on chains of their own (WP 4)."""
