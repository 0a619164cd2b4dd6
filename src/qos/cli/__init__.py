"""The command `qos`: parses, calls client or node, prints. One file a command group; heavy imports inside commands."""
