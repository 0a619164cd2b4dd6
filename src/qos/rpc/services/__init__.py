"""What a node answers to a call of a protobuf service, whichever edge it came through: gRPC, REST or an ABCI path."""
