"""What keys and keystores refuse."""

from qos.base.errors import QosError


class WalletError(QosError):
    """Root of the wallet's errors."""


class BadPhrase(WalletError):
    """The words are no BIP-39 phrase: unknown word, wrong count or wrong checksum."""


class BadKeystore(WalletError):
    """The file is no keystore of a version we know, or was changed."""


class WrongPassphrase(WalletError):
    """The passphrase does not open the keystore, or the file was changed."""


class NoSuchKey(WalletError):
    """There is no key of that name."""

    def __init__(self, name: str, folder: str) -> None:
        super().__init__(f"there is no key {name!r} in {folder}")
        self.name = name


class KeyExists(WalletError):
    """A key of that name is there already; keys are never overwritten."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a key named {name!r} exists already")
        self.name = name


class BadRequest(WalletError):
    """A certificate cannot be issued or opened as asked."""


class BadCaFolder(WalletError):
    """A folder of certificates lacks something, has it already, or contradicts itself."""
