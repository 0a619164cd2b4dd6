"""Programs that measure; each prints one object with --json."""
