"""Generated records, a module a protobuf package. Do not edit."""
