"""Keys on disk, and the entropy they come from."""
