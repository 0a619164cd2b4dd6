"""The RPC of CometBFT v0.38 over HTTP and websocket, answered by the embedded engine."""
