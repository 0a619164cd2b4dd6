"""The node's services as HTTP and JSON: paths and fields from the descriptors, as Cosmos gateways have them."""
