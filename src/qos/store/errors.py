"""What the store refuses or reports: unknown names, pruned heights, damage, a second writer."""

from qos.base.errors import QosError


class StoreError(QosError):
    """Root of the store's errors."""


class UnknownStore(StoreError):
    """No store of that name was declared when the environment was opened."""

    def __init__(self, store: str) -> None:
        super().__init__(f"there is no store named {store!r}")
        self.store = store


class StoreOfLaterVersion(UnknownStore):
    """The committed state has a store that was not declared: a later version of the software made it."""

    def __str__(self) -> str:
        """Return the sentence."""
        return f"the state has a store {self.store!r} that is not known here: a later version of qos made it"


class UnknownVersion(StoreError):
    """The height was pruned, or was never committed."""

    def __init__(self, version: int, oldest: int, latest: int) -> None:
        super().__init__(f"version {version} is not kept: the store has {oldest} to {latest}")
        self.version = version
        self.oldest = oldest
        self.latest = latest


class StoreDamaged(StoreError):
    """The stored bytes contradict themselves; nothing read from them may be answered."""


class StoreBusy(StoreError):
    """Another process already writes to this environment."""


class StoreFull(StoreError):
    """The address space reserved for the file is used up; the next start reserves more. Nothing was lost."""
