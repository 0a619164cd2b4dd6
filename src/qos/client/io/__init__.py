"""Moves calls to a node and events back: HTTP and websocket on asyncio."""
