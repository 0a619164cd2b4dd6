"""Who makes blocks and who may take part."""
