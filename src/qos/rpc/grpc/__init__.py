"""The node's services over gRPC, with reflection and health."""
