"""Building and finding the engine's program."""
