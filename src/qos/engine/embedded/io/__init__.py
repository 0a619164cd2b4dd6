"""Disk and event loop of the embedded engine."""
