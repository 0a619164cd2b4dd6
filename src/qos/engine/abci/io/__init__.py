"""The socket server an engine connects to."""
