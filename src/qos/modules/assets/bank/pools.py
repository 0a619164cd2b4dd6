"""The module account that several modules pay into: what no one else has a claim on belongs to the community."""

from qos.base.identifiers import module_address

COMMUNITY_POOL_NAME = "community_pool"
COMMUNITY_POOL = module_address(COMMUNITY_POOL_NAME)
"""Spent by governance alone."""
