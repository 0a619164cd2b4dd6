"""What requests may carry beside assets, each type with its one handler (Q9)."""
